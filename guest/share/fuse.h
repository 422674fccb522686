/* What each request does; all return the length of the answer's body, or a negative errno. `node`: whom it is about. */
#ifndef FUSE_H
#define FUSE_H

#include "nodes.h"
#include "request.h"

/* `others_write`: the guest is not to believe for long what it was told. */
void fuse_begin(bool others_write);
/* Carries out one request. Returns how many bytes the answer has. */
uint32_t fuse_serve(struct request *request);

/* attributes.c */
void attributes_of(struct fuse_attr *attributes, const struct stat *found);
void attributes_entry(struct fuse_entry_out *entry, const struct node *node, const struct stat *found);
/* There is nobody by that name. */
void attributes_none(struct fuse_entry_out *entry);
/* How long the guest may believe what it was told of a file and its name; 0: others write there, too. */
void attributes_trust(unsigned seconds);
int attributes_get(struct request *request, struct node *node);
int attributes_set(struct request *request, struct node *node);

/* names.c */
int names_lookup(struct request *request, struct node *node);
int names_make(struct request *request, struct node *node);
int names_make_directory(struct request *request, struct node *node);
int names_make_link(struct request *request, struct node *node);
int names_create(struct request *request, struct node *node);
int names_link(struct request *request, struct node *node);

/* gone.c */
int gone_unlink(struct request *request, struct node *node);
int gone_rmdir(struct request *request, struct node *node);
int gone_rename(struct request *request, struct node *node);
int gone_rename2(struct request *request, struct node *node);

/* files.c */
int files_open(struct request *request, struct node *node);
/* Its answer is placed. */
int files_read(struct request *request, struct node *node);
int files_write(struct request *request, struct node *node);
int files_sync(struct request *request, struct node *node);
int files_allocate(struct request *request, struct node *node);
int files_seek(struct request *request, struct node *node);
int files_copy(struct request *request, struct node *node);
int files_read_link(struct request *request, struct node *node);
int files_system(struct request *request, struct node *node);
/* As the kernel does for whoever has no privilege: no set-user-ID bit outlives a write. */
void files_drop_privileges(int fd);

/* directories.c */
int directories_read(struct request *request, struct node *node);
int directories_read_plus(struct request *request, struct node *node);

/* xattr.c */
int xattr_set(struct request *request, struct node *node);
int xattr_get(struct request *request, struct node *node);
int xattr_list(struct request *request, struct node *node);
int xattr_remove(struct request *request, struct node *node);

/* text.c */
/* The next of several names; NULL where there is none. `rest` moves behind it. */
const char *text_next(char **rest, size_t *left);
/* One name in a directory, which leads nowhere else; NULL where it isn't. */
const char *text_name(char **rest, size_t *left);

#endif
