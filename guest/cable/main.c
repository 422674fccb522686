/*
 * Carries packets between what takes a packet at a time and a stream, in which each follows its length, a big-endian u32: passt(1), "--socket",
 * and what QEMU calls a stream. Ends when either end is gone.
 *
 *   cable DEVICE SOCKET MAC IP     an ordinary user's: from a network device to passt(1), which speaks for the environment to the world
 *   cable --serve FD DEVICE        from a network device, once it is there, to the first who connects to the listening socket FD
 *   cable --line FD LINE           from LINE, a descriptor of a socket that carries a packet a message; nothing is lost there
 *
 * MAC and IP are the environment's, and passt is told them at once: it learns who is there from what it is sent, and until then nobody outside
 * reaches an environment that only listens. Then "up" is said on standard output when packets can pass, and that is closed. A device is gone with
 * the other end of its pair.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_packet.h>

/* passt takes and gives no more: passt, tap.c. */
enum { length_bytes = 4, packet_least = 14, packet_most = 65535, room_bytes = 1 << 18, packets_at_once = 64 };
/* Of linux/if_ether.h and linux/if_packet.h, which musl's own headers lack or contradict. */
enum { every_protocol = 0x0003, ignore_outgoing = 23 };

/* Whether no packet may be lost. */
static bool is_line;
/* What the stream has not taken yet: the rest of one packet. */
static uint8_t outgoing[length_bytes + packet_most];
static size_t outgoing_from, outgoing_to;
/* What has come from the stream; the last packet may be there in part. */
static uint8_t incoming[room_bytes];
static size_t incoming_count;

static void die(const char *what) {
  fprintf(stderr, "isola-cable: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_device(const char *name) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(every_protocol));
  int one = 1;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(every_protocol), .sll_ifindex = (int)if_nametoindex(name)};
  if (fd < 0 || address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die(name);
  if (setsockopt(fd, SOL_PACKET, ignore_outgoing, &one, sizeof one) != 0) die("PACKET_IGNORE_OUTGOING");
  return fd;
}

enum { look_ms = 2, patience_ms = 60000 };

/* Whoever lays the cable does so beside. */
static void await_device(const char *name) {
  for (int waited = 0; if_nametoindex(name) == 0 && waited < patience_ms; waited += look_ms) nanosleep(&(struct timespec){.tv_nsec = look_ms * 1000000L}, NULL);
}

static int open_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    die(path);
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die(path);
  return fd;
}

static int accept_one(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
    if (errno != EINTR) die("accept");
  close(listener);
  return fd;
}

/* False while the stream takes no more; what comes meanwhile waits in the device's queue, and what doesn't fit there is lost, as on any cable. */
static bool flush(int stream) {
  while (outgoing_from < outgoing_to) {
    ssize_t count = send(stream, outgoing + outgoing_from, outgoing_to - outgoing_from, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) return false;
    if (count < 0 && errno != EINTR) exit(0);
    if (count > 0) outgoing_from += (size_t)count;
  }
  return true;
}

static void from_device(int device, int stream, const char *name) {
  for (int i = 0; i < packets_at_once && flush(stream); i++) {
    ssize_t count = recv(device, outgoing + length_bytes, packet_most, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (is_line && count <= 0) exit(0);
    /* A device that was put down comes up again; one that is gone does not. */
    if (count < 0 && if_nametoindex(name) == 0) exit(0);
    if (count < packet_least) return;
    uint32_t length = htonl((uint32_t)count);
    memcpy(outgoing, &length, length_bytes);
    outgoing_from = 0;
    outgoing_to = length_bytes + (size_t)count;
  }
  flush(stream);
}

/* An announcement: RFC 5227, 2.3. */
static void announce(const char *mac, const char *ip) {
  uint8_t *packet = outgoing + length_bytes, *sender = packet + 22;
  static const uint8_t arp[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
  enum { announcement_bytes = 42 };
  memset(packet, 0xff, 6);
  if (sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", sender, sender + 1, sender + 2, sender + 3, sender + 4, sender + 5) != 6 ||
      inet_pton(AF_INET, ip, sender + 6) != 1) {
    errno = EINVAL;
    die(mac);
  }
  memcpy(packet + 6, sender, 6);
  memcpy(packet + 12, arp, sizeof arp);
  memset(packet + 32, 0, 6);
  memcpy(packet + 38, sender + 6, 4);
  uint32_t length = htonl(announcement_bytes);
  memcpy(outgoing, &length, length_bytes);
  outgoing_to = length_bytes + announcement_bytes;
}

/* What a device does not take is lost. */
static void put(int device, const uint8_t *bytes, size_t length) {
  while (send(device, bytes, length, MSG_NOSIGNAL) < 0 && is_line) {
    struct pollfd room = {.fd = device, .events = POLLOUT};
    if (errno != EAGAIN && errno != EINTR) exit(0);
    poll(&room, 1, -1);
  }
}

static void from_stream(int stream, int device) {
  ssize_t count = recv(stream, incoming + incoming_count, sizeof incoming - incoming_count, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) exit(0);
  incoming_count += (size_t)count;
  size_t at = 0;
  while (incoming_count - at >= length_bytes) {
    uint32_t length;
    memcpy(&length, incoming + at, length_bytes);
    length = ntohl(length);
    if (length > packet_most) exit(1);
    if (incoming_count - at - length_bytes < length) break;
    put(device, incoming + at + length_bytes, length);
    at += length_bytes + length;
  }
  incoming_count -= at;
  memmove(incoming, incoming + at, incoming_count);
}

_Noreturn static void carry(int device, int stream, const char *name) {
  for (;;) {
    bool is_blocked = !flush(stream);
    struct pollfd waits[2] = {{.fd = device, .events = is_blocked ? 0 : POLLIN}, {.fd = stream, .events = (short)(POLLIN | (is_blocked ? POLLOUT : 0))}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) die("poll");
    if (waits[0].revents != 0) from_device(device, stream, name);
    if (waits[1].revents & (POLLIN | POLLERR | POLLHUP)) from_stream(stream, device);
  }
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "--serve") == 0) {
    /* What came before anybody was there to take it is lost, as on any cable. */
    int stream = accept_one(atoi(words[2]));
    await_device(words[3]);
    carry(open_device(words[3]), stream, words[3]);
  }
  if (count == 4 && strcmp(words[1], "--line") == 0) {
    int line = atoi(words[3]);
    is_line = true;
    if (fcntl(line, F_SETFL, O_NONBLOCK) != 0) die(words[3]);
    carry(line, accept_one(atoi(words[2])), NULL);
  }
  if (count != 5) {
    fputs("usage: isola-cable DEVICE SOCKET MAC IP | --serve FD DEVICE | --line FD LINE\n", stderr);
    return 2;
  }
  int device = open_device(words[1]), passt = open_socket(words[2]);
  announce(words[3], words[4]);
  if (write(STDOUT_FILENO, "up\n", 3) != 3) die("standard output");
  close(STDOUT_FILENO);
  carry(device, passt, words[1]);
}
