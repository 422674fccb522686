#define _GNU_SOURCE
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { receive_room = 4 << 20 };

static struct ifreq named(const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  return request;
}

static bool ask(unsigned long what, void *request) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool done = fd >= 0 && ioctl(fd, what, request) == 0;
  int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return done;
}

bool net_up(const char *name) {
  struct ifreq request = named(name);
  if (!ask(SIOCGIFFLAGS, &request)) return false;
  if (request.ifr_flags & IFF_UP) return true;
  request.ifr_flags |= IFF_UP;
  return ask(SIOCSIFFLAGS, &request);
}

static bool set_mtu(const char *name, int mtu) {
  struct ifreq request = named(name);
  request.ifr_mtu = mtu;
  return ask(SIOCSIFMTU, &request);
}

static bool set_address(unsigned long what, const char *name, struct in_addr address) {
  struct ifreq request = named(name);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = address};
  memcpy(&request.ifr_addr, &at, sizeof at);
  return ask(what, &request);
}

static bool set_gateway(const char *text) {
  struct sockaddr_in any = {.sin_family = AF_INET}, gateway = any;
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  if (inet_aton(text, &gateway.sin_addr) == 0) {
    errno = EINVAL;
    return false;
  }
  memcpy(&route.rt_dst, &any, sizeof any);
  memcpy(&route.rt_genmask, &any, sizeof any);
  memcpy(&route.rt_gateway, &gateway, sizeof gateway);
  return ask(SIOCADDRT, &route);
}

bool net_rename(const char *name, const char *to) {
  struct ifreq request = named(name);
  strncpy(request.ifr_newname, to, IFNAMSIZ - 1);
  return ask(SIOCSIFNAME, &request);
}

bool net_address(const char *name, const char *mac) {
  struct ifreq request = named(name);
  unsigned char bytes[6];
  if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4, bytes + 5) != 6) {
    errno = EINVAL;
    return false;
  }
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy(request.ifr_hwaddr.sa_data, bytes, sizeof bytes);
  return ask(SIOCSIFHWADDR, &request);
}

bool net_configure(const char *name, const char *address, const char *gateway, const char *mtu) {
  char text[INET_ADDRSTRLEN] = "";
  const char *slash = strchr(address, '/');
  int bits = slash == NULL ? 32 : atoi(slash + 1);
  struct in_addr own, mask = {.s_addr = bits <= 0 ? 0 : htonl(UINT32_MAX << (32 - (bits > 32 ? 32 : bits)))};
  strncat(text, address, slash == NULL || (size_t)(slash - address) >= sizeof text ? sizeof text - 1 : (size_t)(slash - address));
  if (inet_aton(text, &own) == 0) {
    errno = EINVAL;
    return false;
  }
  if (mtu != NULL && !set_mtu(name, atoi(mtu))) return false;
  if (!set_address(SIOCSIFADDR, name, own) || !set_address(SIOCSIFNETMASK, name, mask) || !net_up(name)) return false;
  return gateway == NULL || set_gateway(gateway);
}

/* Moves the device with this index from where `netlink` was opened to the namespace `to`. */
static bool move(int netlink, int index, int to) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg device;
    struct rtattr name;
    int32_t fd;
  } request = {
      .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
      .device = {.ifi_index = index},
      .name = {.rta_len = RTA_LENGTH(sizeof(int32_t)), .rta_type = IFLA_NET_NS_FD},
      .fd = to,
  };
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[512];
  } answer;
  if (send(netlink, &request, sizeof request, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < 0) return false;
  errno = -answer.error.error;
  return answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0;
}

static bool leave_with(int index) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return false;
  bool done = false;
  if (unshare(CLONE_NEWNET) == 0) {
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    done = own >= 0 && move(netlink, index, own);
    if (own >= 0) close(own);
  }
  close(netlink);
  return done;
}

int net_take_away(const char *name, int ethertype, int mtu) {
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)ethertype), .sll_ifindex = (int)if_nametoindex(name)};
  int room = receive_room;
  if (at.sll_ifindex == 0 || !leave_with(at.sll_ifindex)) return -1;
  at.sll_ifindex = (int)if_nametoindex(name);
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && set_mtu(name, mtu) && net_up(name)) return fd;
  close(fd);
  return -1;
}
