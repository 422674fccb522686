/* ./netlink.h */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

static void *take(struct batch *batch, size_t length) {
  void *at = batch->bytes + batch->length;
  /* Every request is made here, of names the kernel bounds. */
  if (batch->length + NLMSG_ALIGN(length) > room_bytes) abort();
  memset(at, 0, NLMSG_ALIGN(length));
  batch->length += NLMSG_ALIGN(length);
  return at;
}

void *add(struct batch *batch, const char *about, int type, int flags, size_t body) {
  struct nlmsghdr *header = take(batch, NLMSG_LENGTH(body));
  if (batch->count == requests_most) abort();
  header->nlmsg_len = NLMSG_LENGTH(body);
  header->nlmsg_type = (unsigned short)type;
  header->nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags);
  header->nlmsg_seq = batch->count;
  batch->about[batch->count++] = about;
  if (flags & NLM_F_ACK) batch->answers++;
  batch->last = header;
  return NLMSG_DATA(header);
}

/* How long a thing that begins there is by now. */
static size_t length_from(const struct batch *batch, const void *start) {
  return (size_t)(batch->bytes + batch->length - (const char *)start);
}

struct rtattr *attach(struct batch *batch, int type, const void *value, size_t length) {
  struct rtattr *attribute = take(batch, RTA_LENGTH(length));
  attribute->rta_len = (unsigned short)RTA_LENGTH(length);
  attribute->rta_type = (unsigned short)type;
  if (length > 0) memcpy(RTA_DATA(attribute), value, length);
  batch->last->nlmsg_len = (unsigned)length_from(batch, batch->last);
  return attribute;
}

void close_nest(struct batch *batch, struct rtattr *nest) {
  nest->rta_len = (unsigned short)length_from(batch, nest);
}

static const char *hear(struct batch *batch, int fd) {
  char answers[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
  for (unsigned answered = 0; answered < batch->answers;) {
    ssize_t length = recv(fd, answers, sizeof answers, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return "netlink";
    int left = (int)length;
    for (struct nlmsghdr *header = (struct nlmsghdr *)answers; NLMSG_OK(header, (unsigned)left); header = NLMSG_NEXT(header, left)) {
      const struct nlmsgerr *error = NLMSG_DATA(header);
      if (header->nlmsg_type != NLMSG_ERROR) continue;
      if (error->error != 0) {
        errno = -error->error;
        return header->nlmsg_seq < batch->count ? batch->about[header->nlmsg_seq] : "netlink";
      }
      answered++;
    }
  }
  return NULL;
}

const char *carry_out(struct batch *batch, int protocol) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) return "netlink";
  ssize_t sent = sendto(fd, batch->bytes, batch->length, 0, (struct sockaddr *)&kernel, sizeof kernel);
  const char *refused = sent == (ssize_t)batch->length ? hear(batch, fd) : "netlink";
  int why = errno;
  close(fd);
  errno = why;
  return refused;
}
