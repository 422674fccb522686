/* Brings up an environment's links from inside: rtnetlink(7). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "netlink.h"
#include "usher.h"

enum { loopback_index = 1 };

static void set_up(struct batch *batch, const char *about, int index) {
  struct ifinfomsg *link = add(batch, about, RTM_NEWLINK, NLM_F_ACK, sizeof *link);
  link->ifi_index = index;
  link->ifi_flags = link->ifi_change = IFF_UP;
}

static void give_address(struct batch *batch, int index, const struct end *end) {
  unsigned hosts = end->prefix == 0 ? ~0u : end->prefix == 32 ? 0 : htonl((1u << (32 - end->prefix)) - 1);
  unsigned broadcast = end->address | hosts;
  struct ifaddrmsg *address = add(batch, "its address", RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
  address->ifa_family = AF_INET;
  address->ifa_prefixlen = end->prefix;
  address->ifa_index = (unsigned)index;
  attach(batch, IFA_LOCAL, &end->address, sizeof end->address);
  attach(batch, IFA_ADDRESS, &end->address, sizeof end->address);
  attach(batch, IFA_BROADCAST, &broadcast, sizeof broadcast);
}

static void show_way_out(struct batch *batch, const struct end *end) {
  struct rtmsg *route = add(batch, "its default route", RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
  route->rtm_family = AF_INET;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_BOOT;
  route->rtm_scope = RT_SCOPE_UNIVERSE;
  route->rtm_type = RTN_UNICAST;
  attach(batch, RTA_GATEWAY, &end->gateway, sizeof end->gateway);
}

/* What is known for ever does not count for the host-wide limit of neighbours: ip-sysctl.rst, neigh/default/gc_thresh3. */
static void know_gateway(struct batch *batch, int index, const struct end *end) {
  struct ndmsg *neighbour = add(batch, "its gateway’s MAC", RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof *neighbour);
  neighbour->ndm_family = AF_INET;
  neighbour->ndm_ifindex = index;
  neighbour->ndm_state = NUD_PERMANENT;
  attach(batch, NDA_DST, &end->gateway, sizeof end->gateway);
  attach(batch, NDA_LLADDR, end->gateway_mac, sizeof end->gateway_mac);
}

void leave_ipv6_out(struct batch *batch) {
  unsigned char none = IN6_ADDR_GEN_MODE_NONE;
  if (access("/proc/sys/net/ipv6", F_OK) != 0) return;
  struct rtattr *families = attach(batch, IFLA_AF_SPEC | NLA_F_NESTED, NULL, 0), *family = attach(batch, AF_INET6 | NLA_F_NESTED, NULL, 0);
  attach(batch, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
  close_nest(batch, family);
  close_nest(batch, families);
}

const char *bring_up_loopback(void) {
  struct batch batch = {0};
  set_up(&batch, "lo", loopback_index);
  return carry_out(&batch, NETLINK_ROUTE);
}

const char *bring_up_end(const struct end *end) {
  struct batch batch = {0};
  int index = (int)if_nametoindex("eth0");
  if (index == 0) return "eth0";
  set_up(&batch, "lo", loopback_index);
  give_address(&batch, index, end);
  set_up(&batch, "eth0", index);
  show_way_out(&batch, end);
  know_gateway(&batch, index, end);
  return carry_out(&batch, NETLINK_ROUTE);
}

const char *bring_up_bare(void) {
  struct batch batch = {0};
  int index = (int)if_nametoindex("eth0");
  if (index == 0) return "eth0";
  set_up(&batch, "eth0", index);
  leave_ipv6_out(&batch);
  return carry_out(&batch, NETLINK_ROUTE);
}
