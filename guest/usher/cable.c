/* Lays an environment's cable to the store's bridge, and has the packet filter let it through: rtnetlink(7), nft(8). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/veth.h>

#include "netlink.h"
#include "usher.h"

static void *change(struct batch *batch, const char *link, int flags) {
  struct ifinfomsg *message = add(batch, link, RTM_NEWLINK, NLM_F_ACK | flags, sizeof *message);
  attach(batch, IFLA_IFNAME, link, strlen(link) + 1);
  return message;
}

static void make_pair(struct batch *batch, const struct cable *cable) {
  unsigned pid = (unsigned)cable->pid;
  struct ifinfomsg peer = {0};
  change(batch, cable->link, NLM_F_CREATE | NLM_F_EXCL);
  struct rtattr *info = attach(batch, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
  attach(batch, IFLA_INFO_KIND, "veth", strlen("veth"));
  struct rtattr *data = attach(batch, IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0), *other = attach(batch, VETH_INFO_PEER | NLA_F_NESTED, &peer, sizeof peer);
  attach(batch, IFLA_IFNAME, "eth0", sizeof "eth0");
  attach(batch, IFLA_ADDRESS, cable->mac, sizeof cable->mac);
  attach(batch, IFLA_NET_NS_PID, &pid, sizeof pid);
  close_nest(batch, other);
  close_nest(batch, data);
  close_nest(batch, info);
}

static void plug_in(struct batch *batch, const struct cable *cable, unsigned bridge) {
  struct ifinfomsg *message = change(batch, cable->link, 0);
  message->ifi_flags = message->ifi_change = IFF_UP;
  attach(batch, IFLA_MASTER, &bridge, sizeof bridge);
  leave_ipv6_out(batch);
}

/* Where bridged packets pass the host's filter, a published port that leads back to its visitor stays on the bridge. */
static void let_turn_back(struct batch *batch, const struct cable *cable) {
  unsigned char on = 1;
  change(batch, cable->link, 0);
  struct rtattr *info = attach(batch, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
  attach(batch, IFLA_INFO_SLAVE_KIND, "bridge", strlen("bridge"));
  struct rtattr *data = attach(batch, IFLA_INFO_SLAVE_DATA | NLA_F_NESTED, NULL, 0);
  attach(batch, IFLA_BRPORT_MODE, &on, sizeof on);
  close_nest(batch, data);
  close_nest(batch, info);
}

const char *lay(const struct cable *cable) {
  struct batch batch = {0};
  unsigned bridge = if_nametoindex(cable->bridge);
  if (bridge == 0) return cable->bridge;
  make_pair(&batch, cable);
  plug_in(&batch, cable, bridge);
  let_turn_back(&batch, cable);
  return carry_out(&batch, NETLINK_ROUTE);
}

static struct nfgenmsg *filter(struct batch *batch, int type, int flags) {
  return add(batch, "the packet filter", type, flags, sizeof(struct nfgenmsg));
}

/* A transaction of one element of the set `guard`: src/host/network/bridge/ruleset.ts. Parts of a key take whole words of 32 bits each. */
const char *admit(const struct cable *cable) {
  struct batch batch = {0};
  struct {
    char link[IFNAMSIZ];
    unsigned char mac[8];
    unsigned address;
  } key = {0};
  strncpy(key.link, cable->link, sizeof key.link - 1);
  memcpy(key.mac, cable->mac, sizeof cable->mac);
  key.address = cable->address;
  filter(&batch, NFNL_MSG_BATCH_BEGIN, 0)->res_id = htons(NFNL_SUBSYS_NFTABLES);
  filter(&batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM, NLM_F_ACK | NLM_F_CREATE)->nfgen_family = NFPROTO_BRIDGE;
  attach(&batch, NFTA_SET_ELEM_LIST_TABLE, cable->table, strlen(cable->table) + 1);
  attach(&batch, NFTA_SET_ELEM_LIST_SET, "guard", sizeof "guard");
  struct rtattr *elements = attach(&batch, NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED, NULL, 0);
  struct rtattr *element = attach(&batch, NFTA_LIST_ELEM | NLA_F_NESTED, NULL, 0), *keys = attach(&batch, NFTA_SET_ELEM_KEY | NLA_F_NESTED, NULL, 0);
  attach(&batch, NFTA_DATA_VALUE, &key, sizeof key);
  close_nest(&batch, keys);
  close_nest(&batch, element);
  close_nest(&batch, elements);
  filter(&batch, NFNL_MSG_BATCH_END, 0)->res_id = htons(NFNL_SUBSYS_NFTABLES);
  return carry_out(&batch, NETLINK_NETFILTER);
}
