/* Brings up an environment's links from inside: rtnetlink(7), netlink(7). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "usher.h"

enum { loopback_index = 1, room_bytes = 1024, orders_most = 8 };

/* Requests that are sent as one and answered one by one, in order. */
struct batch {
  char bytes[room_bytes] __attribute__((aligned(NLMSG_ALIGNTO)));
  size_t length;
  struct nlmsghdr *last;
  /* What each is about, where it is refused. */
  const char *about[orders_most];
  unsigned count;
};

static void *add(struct batch *batch, const char *about, int type, int flags, size_t body) {
  struct nlmsghdr *header = (struct nlmsghdr *)(batch->bytes + batch->length);
  memset(header, 0, NLMSG_SPACE(body));
  *header = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(body),
                              .nlmsg_type = (unsigned short)type,
                              .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags),
                              .nlmsg_seq = batch->count};
  batch->about[batch->count++] = about;
  batch->length += NLMSG_SPACE(body);
  batch->last = header;
  return NLMSG_DATA(header);
}

static struct rtattr *attach(struct batch *batch, int type, const void *value, size_t length) {
  struct rtattr *attribute = (struct rtattr *)(batch->bytes + batch->length);
  memset(attribute, 0, RTA_SPACE(length));
  *attribute = (struct rtattr){.rta_len = (unsigned short)RTA_LENGTH(length), .rta_type = (unsigned short)type};
  if (length > 0) memcpy(RTA_DATA(attribute), value, length);
  batch->length += RTA_SPACE(length);
  batch->last->nlmsg_len = (unsigned)(batch->bytes + batch->length - (char *)batch->last);
  return attribute;
}

static void close_nest(struct batch *batch, struct rtattr *nest) {
  nest->rta_len = (unsigned short)(batch->bytes + batch->length - (char *)nest);
}

/* NULL, or what the first one that was refused is about. */
static const char *carry_out(struct batch *batch) {
  char answers[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  const char *refused = NULL;
  int why = 0;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return "netlink";
  if (sendto(fd, batch->bytes, batch->length, 0, (struct sockaddr *)&kernel, sizeof kernel) != (ssize_t)batch->length) refused = "netlink", why = errno;
  for (unsigned answered = 0; refused == NULL && answered < batch->count;) {
    ssize_t length = recv(fd, answers, sizeof answers, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) {
      refused = "netlink", why = errno;
      break;
    }
    int left = (int)length;
    for (struct nlmsghdr *header = (struct nlmsghdr *)answers; NLMSG_OK(header, (unsigned)left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type != NLMSG_ERROR) continue;
      const struct nlmsgerr *error = NLMSG_DATA(header);
      answered++;
      if (error->error != 0 && refused == NULL && header->nlmsg_seq < batch->count) {
        refused = batch->about[header->nlmsg_seq];
        why = -error->error;
      }
    }
  }
  close(fd);
  errno = why;
  return refused;
}

static void set_up(struct batch *batch, const char *about, int index, bool without_ipv6) {
  struct ifinfomsg *link = add(batch, about, RTM_NEWLINK, 0, sizeof *link);
  *link = (struct ifinfomsg){.ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  if (!without_ipv6) return;
  unsigned char none = IN6_ADDR_GEN_MODE_NONE;
  struct rtattr *families = attach(batch, IFLA_AF_SPEC | NLA_F_NESTED, NULL, 0), *family = attach(batch, AF_INET6 | NLA_F_NESTED, NULL, 0);
  attach(batch, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
  close_nest(batch, family);
  close_nest(batch, families);
}

static void give_address(struct batch *batch, int index, const struct end *end) {
  unsigned hosts = end->prefix == 0 ? ~0u : end->prefix == 32 ? 0 : htonl((1u << (32 - end->prefix)) - 1);
  unsigned broadcast = end->address | hosts;
  struct ifaddrmsg *address = add(batch, "its address", RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
  *address = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = end->prefix, .ifa_index = (unsigned)index};
  attach(batch, IFA_LOCAL, &end->address, sizeof end->address);
  attach(batch, IFA_ADDRESS, &end->address, sizeof end->address);
  attach(batch, IFA_BROADCAST, &broadcast, sizeof broadcast);
}

static void show_way_out(struct batch *batch, const struct end *end) {
  struct rtmsg *route = add(batch, "its default route", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
  *route = (struct rtmsg){.rtm_family = AF_INET,
                          .rtm_table = RT_TABLE_MAIN,
                          .rtm_protocol = RTPROT_BOOT,
                          .rtm_scope = RT_SCOPE_UNIVERSE,
                          .rtm_type = RTN_UNICAST};
  attach(batch, RTA_GATEWAY, &end->gateway, sizeof end->gateway);
}

/* What is known for ever does not count for the host-wide limit of neighbours: ip-sysctl.rst, neigh/default/gc_thresh3. */
static void know_gateway(struct batch *batch, int index, const struct end *end) {
  struct ndmsg *neighbour = add(batch, "its gateway’s MAC", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof *neighbour);
  *neighbour = (struct ndmsg){.ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT};
  attach(batch, NDA_DST, &end->gateway, sizeof end->gateway);
  attach(batch, NDA_LLADDR, end->gateway_mac, sizeof end->gateway_mac);
}

const char *bring_up_loopback(void) {
  struct batch batch = {0};
  set_up(&batch, "lo", loopback_index, false);
  return carry_out(&batch);
}

const char *bring_up_end(const struct end *end) {
  struct batch batch = {0};
  int index = (int)if_nametoindex("eth0");
  if (index == 0) return "eth0";
  set_up(&batch, "lo", loopback_index, false);
  give_address(&batch, index, end);
  set_up(&batch, "eth0", index, false);
  show_way_out(&batch, end);
  know_gateway(&batch, index, end);
  return carry_out(&batch);
}

const char *bring_up_bare(void) {
  struct batch batch = {0};
  int index = (int)if_nametoindex("eth0");
  if (index == 0) return "eth0";
  set_up(&batch, "eth0", index, access("/proc/sys/net/ipv6", F_OK) == 0);
  return carry_out(&batch);
}
