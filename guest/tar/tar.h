/* Archives, unpacked from standard input and packed to standard output, in a process of their own. Both return how it ends. */
#ifndef TAR_H
#define TAR_H

/* Into a directory, which is made where it is not there. */
int tar_unpack(const char *directory);
/* What is in a directory, or a file by its last name; names begin with `./`. Ends with tar_no_such_path where there is neither. */
int tar_pack(const char *path);
enum { tar_no_such_path = 3 };

#endif
