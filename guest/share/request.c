#include "request.h"

#include <errno.h>
#include <string.h>

enum { header_bytes = sizeof(struct fuse_out_header) };

bool request_take(struct request *request, void *to, size_t bytes) {
  while (bytes > 0) {
    if (request->piece == request->chain.readable_count) return false;
    const struct iovec *piece = &request->chain.readable[request->piece];
    size_t count = piece->iov_len - request->within < bytes ? piece->iov_len - request->within : bytes;
    memcpy(to, (const uint8_t *)piece->iov_base + request->within, count);
    to = (uint8_t *)to + count;
    bytes -= count;
    request->within += count;
    if (request->within == piece->iov_len) {
      request->piece++;
      request->within = 0;
    }
  }
  return true;
}

bool request_begin(struct request *request) {
  size_t room = 0;
  request->piece = 0;
  request->within = 0;
  for (int i = 0; i < request->chain.writable_count; i++) room += request->chain.writable[i].iov_len;
  request->room = room < header_bytes ? 0 : room - header_bytes;
  return request_take(request, &request->head, sizeof request->head);
}

char *request_rest(struct request *request, size_t *bytes) {
  static char rest[rest_most + 1];
  size_t count = 0;
  for (int i = request->piece; i < request->chain.readable_count && count < rest_most; i++) count += request->chain.readable[i].iov_len;
  count = count - request->within < rest_most ? count - request->within : rest_most;
  if (!request_take(request, rest, count)) count = 0;
  rest[count] = 0;
  *bytes = count;
  return rest;
}

/* `skip` bytes into these pieces, `bytes` of them. */
static int slice(const struct iovec *from, int count, size_t skip, size_t bytes, struct iovec *pieces) {
  int made = 0;
  for (int i = 0; i < count && bytes > 0; i++) {
    size_t length = from[i].iov_len;
    if (skip >= length) {
      skip -= length;
      continue;
    }
    size_t part = length - skip < bytes ? length - skip : bytes;
    pieces[made++] = (struct iovec){(uint8_t *)from[i].iov_base + skip, part};
    bytes -= part;
    skip = 0;
  }
  return bytes > 0 ? -1 : made;
}

int request_data(struct request *request, size_t bytes, struct iovec *pieces) {
  return slice(request->chain.readable + request->piece, request->chain.readable_count - request->piece, request->within, bytes, pieces);
}

int request_place(const struct request *request, size_t bytes, struct iovec *pieces) {
  return slice(request->chain.writable, request->chain.writable_count, header_bytes, bytes, pieces);
}

static void copy_out(const struct request *request, size_t skip, const void *from, size_t bytes) {
  static struct iovec pieces[queue_size_most];
  int count = slice(request->chain.writable, request->chain.writable_count, skip, bytes, pieces);
  for (int i = 0; i < count; i++) {
    memcpy(pieces[i].iov_base, from, pieces[i].iov_len);
    from = (const uint8_t *)from + pieces[i].iov_len;
  }
}

uint32_t request_answer(struct request *request, int result, bool is_placed) {
  if (result > 0 && (size_t)result > request->room) result = -EIO;
  uint32_t length = header_bytes + (result > 0 ? (uint32_t)result : 0);
  struct fuse_out_header head = {.len = length, .error = result < 0 ? result : 0, .unique = request->head.unique};
  copy_out(request, 0, &head, sizeof head);
  if (result > 0 && !is_placed) copy_out(request, header_bytes, request->answer.bytes, (size_t)result);
  return length;
}
