/*
 * A guest's kernel that lies to isola-share: the beginnings of every dialogue are as they should be, then some of what it says is not.
 *
 *   liar SHARE DIRECTORY KIND SEED MILLISECONDS
 *
 * Starts the server and speaks with it, over and over. A server that has found it lying ends with the status for that, and another one is started; whatever else it ends
 * with is a fault, and so is silence. At first it only oversleeps. Prints how many requests were answered well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <linux/fuse.h>
#include <linux/virtio_ring.h>

enum { memory_bytes = 1 << 20, guest_begin = 1 << 20, queue_size = 64, queue_bytes = 1 << 14, buffers_at = 1 << 16, answer_at = 1 << 18, answer_bytes = 1 << 16, patience_ms = 5000, silence_ms = 50, damage_status = 3 };

static uint64_t state;
static uint32_t chance(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return below == 0 ? 0 : (uint32_t)(state >> 33) % below;
}

static uint8_t *memory;
static int line, kicks[2], calls[2][2];
static uint16_t avail_index[2];
static uint64_t known[64] = {1};
static int known_count = 1;
static uint64_t unique;
static unsigned long answered;

static int64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A number that may be near a bound. */
static uint64_t odd_number(void) {
  static const uint64_t bounds[] = {0, 1, 4095, 4096, 65535, 65536, guest_begin, guest_begin + memory_bytes, 0x7fffffff, 0xffffffff, UINT64_MAX - 4095, UINT64_MAX};
  return bounds[chance(sizeof bounds / sizeof *bounds)] + chance(3) - 1;
}

/* Says it, with descriptors. 0 if nobody listens any more. */
static int say(uint32_t request, const void *body, uint32_t size, const int *fds, int count) {
  uint8_t message[12 + 512];
  uint32_t head[3] = {request, 1, size};
  char rights[CMSG_SPACE(sizeof(int) * 2)] = {0};
  memcpy(message, head, sizeof head);
  memcpy(message + 12, body, size);
  struct iovec piece = {message, 12 + size};
  struct msghdr said = {.msg_iov = &piece, .msg_iovlen = 1};
  if (count > 0) {
    said.msg_control = rights;
    said.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *part = CMSG_FIRSTHDR(&said);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(part), fds, sizeof(int) * (size_t)count);
  }
  return sendmsg(line, &said, MSG_NOSIGNAL) == (ssize_t)piece.iov_len;
}

static uint64_t queue_at(int queue, int part) { return guest_begin + (uint64_t)queue * queue_bytes + (uint64_t)part * 4096; }

/* As virtio_uml.c does; `lies`: one in that many numbers is another; 0 for none. */
static int set_up(int file, uint32_t lies) {
#define TOLD(number) (lies != 0 && chance(lies) == 0 ? odd_number() : (uint64_t)(number))
  uint64_t features = TOLD(1ull << 32 | 1ull << 30 | 1 << 28), table[5] = {TOLD(1), TOLD(guest_begin), TOLD(memory_bytes), TOLD(guest_begin), TOLD(0)};
  if (!say(2, &features, 8, NULL, 0) || !say(5, table, sizeof table, &file, 1)) return 0;
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t size[2] = {(uint32_t)TOLD(i), (uint32_t)TOLD(queue_size)}, base[2] = {i, 0}, on[2] = {i, 1};
    uint64_t place[5] = {i, TOLD(queue_at((int)i, 0)), TOLD(queue_at((int)i, 2)), TOLD(queue_at((int)i, 1)), 0}, index = i;
    avail_index[i] = 0;
    if (!say(8, size, 8, NULL, 0) || !say(10, base, 8, NULL, 0) || !say(9, place, sizeof place, NULL, 0)) return 0;
    if (!say(13, &index, 8, &calls[i][1], 1) || !say(12, &index, 8, &kicks[i], 1) || !say(18, on, 8, NULL, 0)) return 0;
  }
  return 1;
}

static void put_descriptor(int queue, int index, uint64_t at, uint32_t bytes, uint16_t flags, uint16_t next) {
  struct vring_desc desc = {at, bytes, flags, next};
  memcpy(memory + (size_t)queue * queue_bytes + sizeof desc * (size_t)index, &desc, sizeof desc);
}

/* A request in some pieces, with room for its answer, some of it odd. */
static void offer(int queue, const uint8_t *bytes, uint32_t length, uint32_t lies) {
  uint32_t cut = length > 40 ? 40 : length;
  memcpy(memory + buffers_at, bytes, length);
  put_descriptor(queue, 0, TOLD(guest_begin + buffers_at), (uint32_t)TOLD(cut), (uint16_t)TOLD(VRING_DESC_F_NEXT), (uint16_t)TOLD(1));
  put_descriptor(queue, 1, TOLD(guest_begin + buffers_at + cut), (uint32_t)TOLD(length - cut), (uint16_t)TOLD(VRING_DESC_F_NEXT), (uint16_t)TOLD(2));
  put_descriptor(queue, 2, TOLD(guest_begin + answer_at), (uint32_t)TOLD(16), (uint16_t)TOLD(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE), (uint16_t)TOLD(3));
  put_descriptor(queue, 3, TOLD(guest_begin + answer_at + 16), (uint32_t)TOLD(answer_bytes - 16), (uint16_t)TOLD(VRING_DESC_F_WRITE), (uint16_t)TOLD(0));
  volatile uint16_t *avail = (uint16_t *)(memory + (size_t)queue * queue_bytes + 4096);
  avail[2 + avail_index[queue] % queue_size] = (uint16_t)TOLD(0);
  avail_index[queue] = (uint16_t)(avail_index[queue] + TOLD(1));
  __sync_synchronize();
  avail[1] = avail_index[queue];
  uint64_t one = 1;
  (void)!write(kicks[queue], &one, sizeof one);
}

/* Until it is answered. A lie may leave it waiting, so not for long. Returns whether it was. */
static int wait_for(int queue) {
  uint64_t times;
  struct pollfd polls[2] = {{.fd = calls[queue][0], .events = POLLIN}, {.fd = line, .events = POLLIN}};
  if (poll(polls, 2, silence_ms) <= 0) return 0;
  if (polls[1].revents & (POLLHUP | POLLERR | POLLRDHUP)) return 0;
  return polls[0].revents != 0 && read(calls[queue][0], &times, sizeof times) > 0;
}

static void learn(void) {
  struct fuse_entry_out entry;
  struct fuse_out_header head;
  memcpy(&head, memory + answer_at, sizeof head);
  if (head.error != 0 || head.unique != unique) return;
  answered++;
  if (head.len < sizeof head + sizeof entry) return;
  memcpy(&entry, memory + answer_at + sizeof head, sizeof entry);
  if (entry.nodeid == 0 || entry.nodeid > 1ull << 48) return;
  known[known_count < 64 ? known_count++ : (int)chance(64)] = entry.nodeid;
}

/* One of few names, so that they meet; or what is none. */
static uint32_t put_name(uint8_t *to) {
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "..", ".", "", "a/b", "/etc/passwd", "../liar"};
  const char *name = names[chance(chance(4) == 0 ? 12 : 6)];
  strcpy((char *)to, name);
  return (uint32_t)strlen(name) + 1;
}

static uint64_t some_node(void) { return chance(20) == 0 ? odd_number() : known[chance((uint32_t)known_count)]; }

/* A request of this kind, as a kernel would make it, with small numbers in its arguments. Returns its length. */
static uint32_t request_of(uint32_t opcode, uint8_t *to) {
  static const uint8_t arguments[64] = {
      [FUSE_FORGET] = 8,  [FUSE_GETATTR] = 16, [FUSE_SETATTR] = 88,    [FUSE_MKNOD] = 16,  [FUSE_MKDIR] = 8,     [FUSE_RENAME] = 8,        [FUSE_LINK] = 8,          [FUSE_OPEN] = 8,
      [FUSE_READ] = 40,   [FUSE_WRITE] = 40,   [FUSE_FSYNC] = 16,      [FUSE_SETXATTR] = 8, [FUSE_GETXATTR] = 8, [FUSE_LISTXATTR] = 8,     [FUSE_INIT] = 64,         [FUSE_READDIR] = 40,
      [FUSE_CREATE] = 16, [FUSE_LSEEK] = 24,   [FUSE_FALLOCATE] = 32,  [FUSE_RENAME2] = 16, [FUSE_READDIRPLUS] = 40, [FUSE_COPY_FILE_RANGE] = 56, [FUSE_BATCH_FORGET] = 8,
  };
  struct fuse_in_header *head = (struct fuse_in_header *)to;
  uint32_t length = sizeof *head, bytes = opcode < sizeof arguments ? arguments[opcode] : 0;
  *head = (struct fuse_in_header){.opcode = opcode, .unique = ++unique, .nodeid = some_node(), .uid = chance(3), .gid = chance(3)};
  memset(to + length, 0, bytes);
  for (uint32_t at = 0; at + 4 <= bytes; at += 4) {
    uint32_t value = chance(3) == 0 ? chance(5000) : chance(20) == 0 ? (uint32_t)odd_number() : 0;
    memcpy(to + length + at, &value, 4);
  }
  /* No file grows larger than the disk that the test runs on likes. */
  if (opcode == FUSE_SETATTR || opcode == FUSE_FALLOCATE || opcode == FUSE_COPY_FILE_RANGE || opcode == FUSE_WRITE)
    for (uint32_t at = 4; at + 4 <= bytes; at += 8) memset(to + length + at, 0, 4);
  if (opcode == FUSE_INIT) memcpy(to + length, (const uint32_t[]){7, 38, 131072, chance(2) ? 0xffffffff : 0}, 16);
  if (opcode == FUSE_RENAME || opcode == FUSE_LINK || opcode == FUSE_RENAME2) memcpy(to + length, (const uint64_t[]){some_node()}, 8);
  /* Devices are for the host's own. */
  if (opcode == FUSE_MKNOD) memcpy(to + length, (const uint32_t[]){chance(2) ? 0100644 : 010644, 0}, 8);
  length += bytes;
  if (opcode == FUSE_COPY_FILE_RANGE) memcpy(to + sizeof *head + 16, (const uint64_t[]){some_node()}, 8);
  for (int i = 0; i < 2; i++) length += put_name(to + length);
  head->len = length;
  return length;
}

static const uint8_t opcodes[] = {
    FUSE_LOOKUP,   FUSE_FORGET,    FUSE_GETATTR,  FUSE_SETATTR,   FUSE_READLINK,    FUSE_SYMLINK,   FUSE_MKNOD,       FUSE_MKDIR,       FUSE_UNLINK,          FUSE_RMDIR,
    FUSE_RENAME,   FUSE_LINK,      FUSE_OPEN,     FUSE_READ,      FUSE_WRITE,       FUSE_STATFS,    FUSE_RELEASE,     FUSE_FSYNC,       FUSE_SETXATTR,        FUSE_GETXATTR,
    FUSE_LISTXATTR, FUSE_REMOVEXATTR, FUSE_INIT,  FUSE_OPENDIR,   FUSE_READDIR,     FUSE_CREATE,    FUSE_FALLOCATE,   FUSE_READDIRPLUS, FUSE_RENAME2,         FUSE_LSEEK,
    FUSE_COPY_FILE_RANGE, FUSE_DESTROY, FUSE_BATCH_FORGET, 60, FUSE_LOOKUP, FUSE_CREATE, FUSE_MKDIR, FUSE_LOOKUP, FUSE_CREATE,
};

static int listener;
static struct sockaddr_un place = {.sun_family = AF_UNIX};
static pid_t server = -1;

/* A fault of the server's, which must not outlive the news of it. */
static _Noreturn void find(const char *fault) {
  fprintf(stderr, "liar: %s\n", fault);
  if (server > 0) kill(server, SIGKILL);
  exit(1);
}

static void start(char **words) {
  char number[12];
  if (server > 0) return;
  server = fork();
  if (server != 0) return;
  snprintf(number, sizeof number, "%d", listener);
  execl(words[1], words[1], number, "root", words[3], words[2], (char *)NULL);
  _exit(127);
}

/* Whether it has ended, which it may for one reason alone. */
static int has_ended(void) {
  int status;
  if (waitpid(server, &status, WNOHANG) != server) return 0;
  server = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == damage_status) return 1;
  fprintf(stderr, "liar: its status was %x\n", (unsigned)status);
  find("the server ended");
}

static void reach(void) {
  line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(line, (struct sockaddr *)&place, sizeof(sa_family_t) + 10) != 0) exit(2);
}

/* It answers the next one, or has ended. */
static void look_after(void) {
  uint8_t answer[64];
  struct pollfd answered = {.events = POLLIN};
  reach();
  answered.fd = line;
  int is_asked = say(1, NULL, 0, NULL, 0);
  for (int waited = 0; waited < patience_ms; waited += 5) {
    if (has_ended() || (is_asked && poll(&answered, 1, 5) > 0 && recv(line, answer, sizeof answer, 0) > 0)) {
      close(line);
      return;
    }
  }
  find("the server is stuck");
}

/* One dialogue: honest for as long as chance has it, then with lies. */
static void converse(int file, int64_t end) {
  static uint8_t request[4096];
  uint32_t lies = chance(3) == 0 ? 0 : 20 + chance(2000);
  known_count = 1;
  if (!set_up(file, chance(8) == 0 ? 20 : 0)) return;
  for (int i = 0; i < 2000 && now_ms() < end; i++) {
    uint32_t opcode = i == 0 ? FUSE_INIT : opcodes[chance(sizeof opcodes)], length = request_of(opcode, request);
    int queue = chance(10) == 0 ? 0 : 1;
    memset(memory + answer_at, 0, sizeof(struct fuse_out_header));
    offer(queue, request, length, i == 0 ? 0 : lies);
    if (lies != 0 && chance(lies) == 0) return;
    if (!wait_for(queue)) return;
    learn();
  }
}

/* What it was told, read or left; how many words there are. */
static int hear(int queue, int flags) {
  uint64_t words[64];
  ssize_t bytes = recv(calls[queue][0], words, sizeof words, flags | MSG_DONTWAIT);
  return bytes < 0 ? 0 : (int)(bytes / (ssize_t)sizeof *words);
}

/* A kernel that sleeps over an answer is told of it again, and again; one that has heard is left alone. */
static void oversleep(int file) {
  static uint8_t request[4096];
  if (!set_up(file, 0)) find("it doesn't listen");
  offer(1, request, request_of(FUSE_INIT, request), 0);
  for (int64_t end = now_ms() + patience_ms; hear(1, MSG_PEEK) < 3; poll(NULL, 0, 1)) {
    if (now_ms() > end) find("nobody reminds it");
  }
  /* The last word may have been under way. */
  for (int i = 0; i < 2; i++, poll(NULL, 0, silence_ms)) hear(1, 0);
  if (hear(1, 0) > 0) find("it is told what it has heard");
}

static int begin_lines(void) {
  memset(memory, 0, memory_bytes);
  for (int i = 0; i < 2; i++) {
    kicks[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* As User-Mode Linux does: os_pipe. */
    if (kicks[i] < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, calls[i]) != 0) return 0;
  }
  return 1;
}

static void end_lines(void) {
  for (int i = 0; i < 2; i++) close(kicks[i]), close(calls[i][0]), close(calls[i][1]);
}

int main(int count, char **words) {
  if (count != 6) return 2;
  state = strtoull(words[4], NULL, 10);
  int64_t end = now_ms() + atoi(words[5]);
  /* In no directory: unix(7), abstract. */
  snprintf(place.sun_path + 1, 10, "%09d", getpid());
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&place, sizeof(sa_family_t) + 10) != 0 || listen(listener, 8) != 0) return 1;
  int file = memfd_create("guest", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, memory_bytes) != 0) return 1;
  memory = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return 1;
  for (int is_first = 1; now_ms() < end;) {
    if (!begin_lines()) return 1;
    start(words);
    reach();
    if (is_first) oversleep(file);
    else converse(file, end);
    is_first = 0;
    close(line);
    look_after();
    end_lines();
  }
  if (server > 0) {
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
  }
  printf("%lu\n", answered);
  return 0;
}
