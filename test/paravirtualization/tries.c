/*
 * Tries, inside a machine and in its working directory, what a file system may lack. Prints a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void told(const char *what, int is_right) { printf("%s: %s\n", what, is_right ? "as it should be" : strerror(errno)); }

static int maps(void) {
  char seen[6] = {0};
  int fd = open("mapped", O_RDWR | O_CREAT, 0644), other;
  if (fd < 0 || ftruncate(fd, 10000) != 0) return 0;
  char *at = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return 0;
  memcpy(at + 5000, "hello", 5);
  if (msync(at, 10000, MS_SYNC) != 0 || munmap(at, 10000) != 0 || (other = open("mapped", O_RDONLY)) < 0) return 0;
  return pread(other, seen, 5, 5000) == 5 && strcmp(seen, "hello") == 0;
}

/* A lock keeps another process away, but not for ever. */
static int locks(void) {
  int status, fd = open("locked", O_RDWR | O_CREAT, 0644);
  if (fd < 0 || flock(fd, LOCK_EX) != 0) return 0;
  if (fork() == 0) {
    int own = open("locked", O_RDWR);
    struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    _exit(flock(own, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK || fcntl(own, F_SETLK, &record) != 0);
  }
  return wait(&status) > 0 && status == 0 && flock(fd, LOCK_UN) == 0;
}

static int holes(void) {
  int fd = open("sparse", O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || pwrite(fd, "x", 1, 1 << 20) != 1) return 0;
  return lseek(fd, 0, SEEK_DATA) == 1 << 20 && lseek(fd, 0, SEEK_HOLE) == 0 && fallocate(fd, 0, 0, 4096) == 0;
}

/* cap_net_raw+ep, as setcap(8) writes it: linux uapi capability.h, struct vfs_cap_data. */
static int capabilities(void) {
  const uint32_t wanted[5] = {0x02000001, 1 << 13, 0, 0, 0};
  uint32_t found[5] = {0};
  int fd = open("capable", O_RDWR | O_CREAT, 0755);
  if (fd < 0 || fsetxattr(fd, "security.capability", wanted, sizeof wanted, 0) != 0) return 0;
  return getxattr("capable", "security.capability", found, sizeof found) == sizeof found && memcmp(wanted, found, sizeof wanted) == 0;
}

/* And whoever writes takes them away. */
static int no_capabilities(void) {
  char room[64];
  int fd = open("capable", O_WRONLY | O_APPEND);
  if (fd < 0 || write(fd, "x", 1) != 1) return 0;
  return getxattr("capable", "security.capability", room, sizeof room) < 0 && errno == ENODATA;
}

static int attributes(void) {
  char room[64] = {0};
  int fd = open("noted", O_RDWR | O_CREAT, 0644);
  if (fd < 0 || fsetxattr(fd, "user.note", "text", 4, XATTR_CREATE) != 0 || fsetxattr(fd, "user.note", "more", 4, XATTR_CREATE) == 0) return 0;
  if (listxattr("noted", room, sizeof room) != sizeof "user.note" || strcmp(room, "user.note") != 0) return 0;
  return fgetxattr(fd, "user.note", NULL, 0) == 4 && removexattr("noted", "user.note") == 0 && listxattr("noted", room, sizeof room) == 0;
}

static int sockets(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
  int one = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
  unlink("socket");
  return bind(one, (struct sockaddr *)&at, sizeof at) == 0 && listen(one, 1) == 0 && connect(other, (struct sockaddr *)&at, sizeof at) == 0;
}

static int copies(void) {
  char seen[6] = {0};
  int from = open("from", O_RDWR | O_CREAT, 0644), to = open("to", O_RDWR | O_CREAT, 0644);
  if (from < 0 || to < 0 || pwrite(from, "hello", 5, 0) != 5) return 0;
  loff_t at = 0;
  return copy_file_range(from, &at, to, NULL, 5, 0) == 5 && pread(to, seen, 5, 0) == 5 && strcmp(seen, "hello") == 0;
}

/* The C library may not know it. */
enum { no_replace = 1, exchange = 2 };
static int rename_as(const char *from, const char *to, unsigned flags) { return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags); }

/* Two names change places. */
static int swaps(void) {
  struct stat one, other, found;
  if (mkdir("left", 0755) != 0 || stat("left", &one) != 0 || stat("from", &other) != 0) return 0;
  if (rename_as("left", "from", exchange) != 0) return 0;
  if (rename_as("left", "to", no_replace) == 0 || errno != EEXIST) return 0;
  return stat("left", &found) == 0 && found.st_ino == other.st_ino && stat("from", &found) == 0 && found.st_ino == one.st_ino;
}

int main(void) {
  told("a shared map", maps());
  told("locks", locks());
  told("holes", holes());
  told("file capabilities", capabilities());
  told("file capabilities after a write", no_capabilities());
  told("attributes of users", attributes());
  told("sockets", sockets());
  told("copies by the kernel", copies());
  told("names that change places", swaps());
  return 0;
}
