#define _GNU_SOURCE
#include "vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_ring.h>

#include "damage.h"
#include "memory.h"
#include "ring.h"

enum request {
  get_features = 1,
  set_features,
  set_owner,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr,
  set_vring_base,
  get_vring_base,
  set_vring_kick,
  set_vring_call,
  set_vring_err,
  get_protocol_features,
  set_protocol_features,
  set_vring_enable = 18,
  set_backend_request_fd = 21,
  get_config = 24,
  set_config,
};

enum { version = 1, is_reply = 4, wants_reply = 8, version_mask = 3, has_no_fd = 1 << 8, payload_most = 512, fds_most = regions_most };
/*
 * A line for requests of ours, which are none: but without it the driver takes interrupt 0 for its queues, which is the timer's (Debian's 6.1.176: probe fails with EBUSY).
 */
enum { protocol_backend_request = 1 << 5 };
enum { protocol_reply_ack = 1 << 3, protocol_config = 1 << 9, has_protocol_features = 1 << 30 };

/* Its body begins where its head ends. */
struct __attribute__((packed)) message {
  uint32_t request, flags, size;
  union {
    uint64_t number;
    struct {
      uint32_t index, number;
    } vring;
    struct {
      uint32_t index, flags;
      uint64_t desc, used, avail, log;
    } place;
    struct {
      uint32_t count, padding;
      struct {
        uint64_t guest, bytes, user, offset;
      } region[regions_most];
    } memory;
    struct {
      uint32_t offset, size, flags;
      uint8_t bytes[256];
    } config;
    uint8_t bytes[payload_most];
  } payload;
};

enum { header_bytes = 12, config_header_bytes = 12 };

static int line = -1, unused_line = -1;
static struct virtio_fs_config config;
static int fds[fds_most], fd_count;
static bool has_reply_ack;

static void replace(int *place, int fd) {
  if (*place >= 0) close(*place);
  *place = fd;
}

void vhost_begin(int connection, const char *tag) {
  line = connection;
  has_reply_ack = false;
  config = (struct virtio_fs_config){.num_request_queues = 1};
  strncpy((char *)config.tag, tag, sizeof config.tag - 1);
  rings_begin();
}

void vhost_end(void) {
  if (line < 0) return;
  close(line);
  line = -1;
  replace(&unused_line, -1);
  rings_end();
  memory_clear();
}

static void take_fds(struct msghdr *said) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(said); part != NULL; part = CMSG_NXTHDR(said, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    fd_count = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
    memcpy(fds, CMSG_DATA(part), (size_t)fd_count * sizeof *fds);
  }
}

static void close_fds(void) {
  for (int i = 0; i < fd_count; i++)
    if (fds[i] >= 0) close(fds[i]);
  fd_count = 0;
}

/* Whole, or false. */
static bool read_all(void *to, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t count = recv(line, (uint8_t *)to + done, bytes - done, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += (size_t)count;
  }
  return true;
}

static bool receive(struct message *message) {
  union {
    char bytes[CMSG_SPACE(sizeof fds)];
    struct cmsghdr aligned;
  } rights;
  struct iovec piece = {message, header_bytes};
  struct msghdr said = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof rights.bytes};
  ssize_t count;
  while ((count = recvmsg(line, &said, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
    ;
  if (count <= 0) return false;
  take_fds(&said);
  if (!read_all((uint8_t *)message + count, header_bytes - (size_t)count)) return false;
  if ((message->flags & version_mask) != version || message->size > sizeof message->payload) damage("its kernel speaks no vhost-user");
  memset(&message->payload, 0, sizeof message->payload);
  return read_all(&message->payload, message->size);
}

static void answer(struct message *message, uint32_t size) {
  message->flags = version | is_reply;
  message->size = size;
  /* Whoever does not listen has gone, which the next message shows. */
  (void)!send(line, message, header_bytes + size, MSG_NOSIGNAL);
}

static void answer_number(struct message *message, uint64_t number) {
  message->payload.number = number;
  answer(message, sizeof number);
}

static struct ring *ring_of(uint64_t index) {
  if (index >= rings) damage("it has no such queue");
  return &ring[index];
}

static void map(const struct message *message) {
  uint32_t count = message->payload.memory.count;
  if (count > regions_most || count != (uint32_t)fd_count) damage("its memory has no files");
  memory_clear();
  for (uint32_t i = 0; i < count; i++) {
    struct region region = {message->payload.memory.region[i].guest, message->payload.memory.region[i].bytes, message->payload.memory.region[i].user,
                            message->payload.memory.region[i].offset};
    if (!memory_add(&region, fds[i])) damage("its memory can't be mapped");
  }
}

/* The descriptor that came along, which is the ring's from then on; -1 if none did. */
static int fd_for(const struct message *message) {
  if ((message->payload.number & has_no_fd) || fd_count == 0) return -1;
  int fd = fds[0];
  fds[0] = -1;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

static void set_size(const struct message *message) {
  uint32_t size = message->payload.vring.number;
  if (size == 0 || size > queue_size_most || (size & (size - 1)) != 0) damage("a queue has no size");
  ring_of(message->payload.vring.index)->size = (uint16_t)size;
}

static void set_place(const struct message *message) {
  struct ring *one = ring_of(message->payload.place.index);
  one->desc = message->payload.place.desc;
  one->avail = message->payload.place.avail;
  one->used = message->payload.place.used;
}

static void answer_config(struct message *message) {
  uint32_t offset = message->payload.config.offset, size = message->payload.config.size;
  if (size > sizeof message->payload.config.bytes || message->size < config_header_bytes) damage("it asks for too much of its configuration");
  memset(message->payload.config.bytes, 0, size);
  if (offset < sizeof config) {
    size_t count = sizeof config - offset < size ? sizeof config - offset : size;
    memcpy(message->payload.config.bytes, (const uint8_t *)&config + offset, count);
  }
  answer(message, config_header_bytes + size);
}

static const uint64_t features = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC | has_protocol_features;

/* True where it has been answered. */
static bool obey(struct message *message) {
  struct ring *one;
  switch (message->request) {
  case get_features: answer_number(message, features); return true;
  case get_protocol_features: answer_number(message, protocol_reply_ack | protocol_config | protocol_backend_request); return true;
  case set_protocol_features: has_reply_ack = (message->payload.number & protocol_reply_ack) != 0; return false;
  case get_config: answer_config(message); return true;
  case set_mem_table: map(message); return false;
  case set_vring_num: set_size(message); return false;
  case set_vring_addr: set_place(message); return false;
  case set_vring_base:
    one = ring_of(message->payload.vring.index);
    one->next_avail = one->next_used = (uint16_t)message->payload.vring.number;
    return false;
  case get_vring_base:
    one = ring_of(message->payload.vring.index);
    one->is_enabled = false;
    message->payload.vring.number = one->next_avail;
    answer(message, sizeof message->payload.vring);
    return true;
  case set_vring_kick: replace(&ring_of(message->payload.number & 0xff)->kick, fd_for(message)); return false;
  case set_vring_call: replace(&ring_of(message->payload.number & 0xff)->call, fd_for(message)); return false;
  case set_vring_enable: ring_of(message->payload.vring.index)->is_enabled = message->payload.vring.number != 0; return false;
  case set_backend_request_fd: replace(&unused_line, fd_for(message)); return false;
  case set_features:
  case set_owner:
  case set_vring_err:
  case set_config: return false;
  default: damage("its kernel wants what a file system has not");
  }
}

bool vhost_hear(void) {
  static struct message message;
  bool is_heard = receive(&message);
  if (is_heard) {
    bool is_asked = (message.flags & wants_reply) != 0, is_answered = obey(&message);
    if (!is_answered && has_reply_ack && is_asked) answer_number(&message, 0);
  }
  close_fds();
  return is_heard;
}
