/* One request of the guest's kernel: linux uapi fuse.h. What it says is copied before it is looked at; data go to and from the guest's memory without a stop. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <linux/fuse.h>

#include "ring.h"

/* Attributes have 64 KiB at most: xattr(7). */
enum { answer_most = 65536, rest_most = 65536 + 1024 };

struct request {
  struct chain chain;
  struct fuse_in_header head;
  /* Where in what the guest wrote. */
  int piece;
  size_t within;
  /* Room for the answer's body, beside its header. */
  size_t room;
  union {
    uint8_t bytes[answer_most];
    uint64_t aligned;
  } answer;
};

/* Takes its header. False if it has none. */
bool request_begin(struct request *request);
/* The next bytes of what was written. False if these are fewer. */
bool request_take(struct request *request, void *to, size_t bytes);
/* The rest, in a room that the next request has, too, with a zero byte behind it. */
char *request_rest(struct request *request, size_t *bytes);
/* The rest, `bytes` of it, where it lies; returns how many pieces. -1 if there is less. */
int request_data(struct request *request, size_t bytes, struct iovec *pieces);
/* Where the body of the answer will lie. */
int request_place(const struct request *request, size_t bytes, struct iovec *pieces);

/* Writes the answer; a negative `result` is an errno, else the length of the body. Returns how many bytes that was. `is_placed`: the body is there already. */
uint32_t request_answer(struct request *request, int result, bool is_placed);

#endif
