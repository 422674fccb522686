#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "entry.h"
#include "header.h"
#include "names.h"
#include "output.h"
#include "say.h"
#include "tar.h"

/* An archive's end is two blocks, and it is a multiple of twenty blocks long: tar(5). */
enum { record_bytes = 20 * block_bytes };

/* A record is filled up at the end, so all of what is put is counted. */
static uint64_t packed;

static void put(const void *bytes, size_t count) {
  output_put(bytes, count);
  packed += count;
}

static void pad(size_t count) {
  output_zeros(count);
  packed += count;
}

static void copy_text(char *field, size_t size, const char *text) {
  size_t length = strlen(text);
  memcpy(field, text, length < size ? length : size);
}
#define TEXT(field, text) copy_text(field, sizeof(field), text)
#define NUMBER(field, value) header_put_number(field, sizeof(field), (int64_t)(value))

/* A text that its field has no room for goes before, in an entry of its own: tar(5), "GNU Tar Archives". */
static void put_long(char type, const char *text, size_t room) {
  size_t length = strlen(text) + 1;
  struct header header = {.type = type};
  if (length - 1 <= room) return;
  TEXT(header.name, "././@LongLink");
  NUMBER(header.mode, 0644);
  NUMBER(header.uid, 0);
  NUMBER(header.gid, 0);
  NUMBER(header.size, length);
  NUMBER(header.mtime, 0);
  header_seal(&header);
  put(&header, sizeof header);
  put(text, length);
  pad(padding(length));
}

static void put_header(char type, const char *name, const char *link, uint64_t size, const struct stat *file) {
  struct header header = {.type = type};
  put_long(type_long_link, link, sizeof header.link);
  put_long(type_long_name, name, sizeof header.name);
  TEXT(header.name, name);
  TEXT(header.link, link);
  NUMBER(header.mode, file->st_mode & 07777);
  NUMBER(header.uid, file->st_uid);
  NUMBER(header.gid, file->st_gid);
  NUMBER(header.size, size);
  NUMBER(header.mtime, file->st_mtim.tv_sec);
  if (type == type_character || type == type_block) {
    NUMBER(header.major, major(file->st_rdev));
    NUMBER(header.minor, minor(file->st_rdev));
  }
  header_seal(&header);
  put(&header, sizeof header);
}

static void pack_contents(const char *name) {
  struct stat file;
  /* Should it be something else by now, nobody waits for who opens it at the other end. */
  int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    if (fd >= 0) close(fd);
    else if (errno != ENOENT) say_error(name);
    return;
  }
  uint64_t size = (uint64_t)file.st_size;
  put_header(type_file, name, "", size, &file);
  errno = 0;
  uint64_t missing = output_file(fd, size);
  packed += size - missing;
  if (missing > 0 && errno != 0) say_error(name);
  else if (missing > 0) say(name, "it has become shorter meanwhile");
  for (; missing > 0; missing -= missing < block_bytes ? missing : block_bytes) pad(missing < block_bytes ? missing : block_bytes);
  pad(padding(size));
  close(fd);
}

static void pack_symlink(const char *name, const struct stat *file) {
  char link[PATH_MAX + 1];
  ssize_t length = readlink(name, link, PATH_MAX);
  if (length < 0) return say_error(name);
  link[length] = 0;
  put_header(type_symlink, name, link, 0, file);
}

static void pack(char *name, size_t length);

/* `name` has room for more, as much as a path may have. */
static void pack_directory(char *name, size_t length, const struct stat *file) {
  name[length] = '/';
  name[length + 1] = 0;
  put_header(type_directory, name, "", 0, file);
  name[length] = 0;
  int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL) return say_error(name);
  name[length] = '/';
  for (const struct dirent *found; (found = readdir(directory)) != NULL;) {
    size_t more = strlen(found->d_name);
    if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
    if (length + 1 + more + 1 >= PATH_MAX) {
      errno = ENAMETOOLONG;
      say_error(name);
      continue;
    }
    memcpy(name + length + 1, found->d_name, more + 1);
    pack(name, length + 1 + more);
    name[length + 1] = 0;
  }
  closedir(directory);
}

static void pack(char *name, size_t length) {
  struct stat file;
  if (lstat(name, &file) != 0) {
    /* It is gone since its directory was read. */
    if (errno != ENOENT) say_error(name);
    return;
  }
  const char *before = S_ISDIR(file.st_mode) || file.st_nlink < 2 ? NULL : name_before(&file, name);
  if (before != NULL) return put_header(type_hard_link, name, before, 0, &file);
  switch (file.st_mode & S_IFMT) {
    case S_IFREG: return pack_contents(name);
    case S_IFDIR: return pack_directory(name, length, &file);
    case S_IFLNK: return pack_symlink(name, &file);
    case S_IFIFO: return put_header(type_fifo, name, "", 0, &file);
    case S_IFCHR: return put_header(type_character, name, "", 0, &file);
    case S_IFBLK: return put_header(type_block, name, "", 0, &file);
    /* A socket: an archive has no such thing. */
  }
}

/* One is open for each level of a tree. */
static void open_many(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

static int enter_parent(const char *path, const char *name) {
  char parent[PATH_MAX];
  size_t length = (size_t)(name - path);
  if (length == 0) return 0;
  memcpy(parent, path, length);
  parent[length] = 0;
  return chdir(parent);
}

int tar_pack(const char *path) {
  static char name[PATH_MAX + 2] = ".";
  struct stat found;
  if (lstat(path, &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return tar_no_such_path;
    say_error(path);
    return say_status();
  }
  open_many();
  if (chdir(path) == 0) {
    pack(name, 1);
  } else {
    /* No path that lstat(2) took is too long. */
    const char *slash = strrchr(path, '/'), *last = slash == NULL ? path : slash + 1;
    if (errno == ENOTDIR || errno == ENOENT || errno == ELOOP) errno = 0;
    if (errno != 0 || enter_parent(path, last) != 0) {
      say_error(path);
      return say_status();
    }
    snprintf(name, sizeof name, "./%s", last);
    pack(name, strlen(name));
  }
  pad(2 * block_bytes);
  pad((record_bytes - packed % record_bytes) % record_bytes);
  output_flush();
  return say_status();
}
