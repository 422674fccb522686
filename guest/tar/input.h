/* An archive on standard input, in blocks as large as its pipe: where a system call costs 10 µs, as in User-Mode Linux, tar's usual 4 KiB are dear. */
#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>
#include <stdint.h>

/* These end the program where the archive ends before. */
void input_take(void *to, size_t count);
void input_skip(uint64_t count);
/* Hands bytes on to a file. Returns how many are left, to be skipped, where that takes no more; errno says why. */
uint64_t input_write_to(int fd, uint64_t count);

#endif
