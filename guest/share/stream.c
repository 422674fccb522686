#define _GNU_SOURCE
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "damage.h"
#include "fuse.h"
#include "request.h"

/* As much as FUSE has in one, each way, and a page for what is said beside: linux fs/fuse/fuse_i.h, FUSE_MAX_MAX_PAGES. */
enum { bytes_most = 257 * 4096 };

/* Whole, or false. */
static bool take(int connection, void *to, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t count = recv(connection, (uint8_t *)to + done, bytes - done, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += (size_t)count;
  }
  return true;
}

static bool give(int connection, const void *from, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t count = send(connection, (const uint8_t *)from + done, bytes - done, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += (size_t)count;
  }
  return true;
}

bool stream_serve(int connection) {
  static struct request request;
  static uint8_t said[bytes_most];
  static struct {
    uint32_t length, number;
    uint8_t bytes[bytes_most];
  } answer;
  struct {
    uint32_t length, number, room;
  } head;
  if (!take(connection, &head, sizeof head)) return false;
  uint32_t length = ntohl(head.length), beside = sizeof head - sizeof head.length, room = ntohl(head.room);
  if (length < beside || length - beside > sizeof said) damage("a request has no length");
  if (!take(connection, said, length - beside)) return false;
  request.chain.readable_count = 1;
  request.chain.readable[0] = (struct iovec){said, length - beside};
  request.chain.writable_count = 1;
  request.chain.writable[0] = (struct iovec){answer.bytes, room < sizeof answer.bytes ? room : sizeof answer.bytes};
  uint32_t bytes = fuse_serve(&request);
  if (room == 0) return true;
  /* A guest may leave no room for all that it is told. */
  if (bytes > request.chain.writable[0].iov_len) bytes = (uint32_t)request.chain.writable[0].iov_len;
  answer.length = htonl((uint32_t)sizeof answer.number + bytes);
  answer.number = head.number;
  return give(connection, &answer, sizeof answer.length + sizeof answer.number + bytes);
}
