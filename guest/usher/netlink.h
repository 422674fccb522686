/* Requests to the kernel's network, several at a time: netlink(7). */
#ifndef NETLINK_H
#define NETLINK_H

#include <stddef.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

enum { room_bytes = 2048, requests_most = 8 };

/* What is sent as one and answered one by one, in order. Zeroed at first. */
struct batch {
  char bytes[room_bytes] __attribute__((aligned(NLMSG_ALIGNTO)));
  size_t length;
  struct nlmsghdr *last;
  unsigned count, answers;
  /* What each is about, where it is refused. */
  const char *about[requests_most];
};

/* Adds a request and gives its body, zeroed. With NLM_F_ACK in its flags it is answered even if it is carried out. */
void *add(struct batch *batch, const char *about, int type, int flags, size_t body);
/* Adds an attribute to the last request. One without a value may be filled by others until `close_nest`. */
struct rtattr *attach(struct batch *batch, int type, const void *value, size_t length);
void close_nest(struct batch *batch, struct rtattr *nest);
/* NULL, or what the first one that was refused is about; errno tells why. */
const char *carry_out(struct batch *batch, int protocol);

#endif
