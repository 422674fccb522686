#include "fuse.h"

#include <errno.h>
#include <string.h>

enum { major = 7, minor = 38, minor_least = 31, write_most = 1 << 20, pages_most = 256, background_most = 64 };

/* Whether the guest's kernel opens files without asking, if it is told that nobody answers. */
static bool opens_itself, opens_directories_itself;
static bool others_write;

void fuse_begin(bool do_others_write) {
  others_write = do_others_write;
  attributes_trust(others_write ? 0 : 1);
}

static int begin(struct request *request, struct node *node) {
  struct fuse_init_in said = {0};
  (void)node;
  if (!request_take(request, &said, 16)) return -EINVAL;
  struct fuse_init_out *answer = (struct fuse_init_out *)request->answer.bytes;
  memset(answer, 0, sizeof *answer);
  answer->major = major;
  answer->minor = minor;
  /* An older kernel is not to be spoken with; a newer one asks again. */
  if (said.major < major || (said.major == major && said.minor < minor_least)) return -EPROTO;
  if (said.major > major) return sizeof *answer;
  nodes_end();
  opens_itself = (said.flags & FUSE_NO_OPEN_SUPPORT) != 0;
  opens_directories_itself = (said.flags & FUSE_NO_OPENDIR_SUPPORT) != 0;
  const uint32_t wanted = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |
                          FUSE_CACHE_SYMLINKS | FUSE_HANDLE_KILLPRIV_V2;
  /* Else the guest would throw away what it has itself written, as soon as it looks at the time of that. */
  answer->flags = said.flags & (wanted | (others_write ? FUSE_AUTO_INVAL_DATA : 0));
  answer->max_readahead = said.max_readahead;
  answer->max_background = background_most;
  answer->congestion_threshold = background_most * 3 / 4;
  answer->max_write = write_most;
  answer->max_pages = pages_most;
  answer->time_gran = 1;
  return sizeof *answer;
}

static int end(struct request *request, struct node *node) {
  (void)request, (void)node;
  nodes_end();
  return 0;
}

static int forget(struct request *request, struct node *node) {
  struct fuse_forget_in said;
  if (request_take(request, &said, sizeof said)) node_forget(node, said.nlookup);
  return 0;
}

static int forget_many(struct request *request, struct node *unused) {
  struct fuse_batch_forget_in said;
  struct fuse_forget_one one;
  (void)unused;
  if (!request_take(request, &said, sizeof said)) return 0;
  for (uint32_t i = 0; i < said.count && request_take(request, &one, sizeof one); i++) {
    struct node *node = node_of(one.nodeid);
    if (node != NULL) node_forget(node, one.nlookup);
  }
  return 0;
}

static int open_file(struct request *request, struct node *node) { return opens_itself ? -ENOSYS : files_open(request, node); }

static int open_directory(struct request *request, struct node *node) { return opens_directories_itself ? -ENOSYS : files_open(request, node); }

static int nothing(struct request *request, struct node *node) {
  (void)request, (void)node;
  return 0;
}

struct operation {
  int (*run)(struct request *request, struct node *node);
  /* It is about no file. */
  bool is_general;
};

/* What is not here the guest's kernel does by itself, or does without, once it has heard ENOSYS. */
static const struct operation operations[] = {
    [FUSE_LOOKUP] = {names_lookup, false},
    [FUSE_FORGET] = {forget, false},
    [FUSE_GETATTR] = {attributes_get, false},
    [FUSE_SETATTR] = {attributes_set, false},
    [FUSE_READLINK] = {files_read_link, false},
    [FUSE_SYMLINK] = {names_make_link, false},
    [FUSE_MKNOD] = {names_make, false},
    [FUSE_MKDIR] = {names_make_directory, false},
    [FUSE_UNLINK] = {gone_unlink, false},
    [FUSE_RMDIR] = {gone_rmdir, false},
    [FUSE_RENAME] = {gone_rename, false},
    [FUSE_LINK] = {names_link, false},
    [FUSE_OPEN] = {open_file, false},
    [FUSE_READ] = {files_read, false},
    [FUSE_WRITE] = {files_write, false},
    [FUSE_STATFS] = {files_system, false},
    [FUSE_RELEASE] = {nothing, false},
    [FUSE_FSYNC] = {files_sync, false},
    [FUSE_SETXATTR] = {xattr_set, false},
    [FUSE_GETXATTR] = {xattr_get, false},
    [FUSE_LISTXATTR] = {xattr_list, false},
    [FUSE_REMOVEXATTR] = {xattr_remove, false},
    [FUSE_INIT] = {begin, true},
    [FUSE_OPENDIR] = {open_directory, false},
    [FUSE_READDIR] = {directories_read, false},
    [FUSE_RELEASEDIR] = {nothing, false},
    [FUSE_FSYNCDIR] = {files_sync, false},
    [FUSE_CREATE] = {names_create, false},
    [FUSE_DESTROY] = {end, true},
    [FUSE_BATCH_FORGET] = {forget_many, true},
    [FUSE_FALLOCATE] = {files_allocate, false},
    [FUSE_READDIRPLUS] = {directories_read_plus, false},
    [FUSE_RENAME2] = {gone_rename2, false},
    [FUSE_LSEEK] = {files_seek, false},
    [FUSE_COPY_FILE_RANGE] = {files_copy, false},
};

/* Nobody waits for an answer to these: linux uapi fuse.h, "no reply". */
static bool is_unanswered(uint32_t opcode) { return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT; }

uint32_t fuse_serve(struct request *request) {
  if (!request_begin(request)) return 0;
  uint32_t opcode = request->head.opcode;
  const struct operation *operation = opcode < sizeof operations / sizeof *operations ? &operations[opcode] : NULL;
  struct node *node = node_of(request->head.nodeid);
  int result = -ENOSYS;
  if (operation != NULL && operation->run != NULL) result = node == NULL && !operation->is_general ? -ESTALE : operation->run(request, node);
  return is_unanswered(opcode) ? 0 : request_answer(request, result, opcode == FUSE_READ);
}
