#include "channel.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../link/link.h"
#include "../link/packet.h"
#include "child.h"
#include "order.h"
#include "power.h"
#include "wire.h"

/* Pieces of one channel's input among the packets of a round: each may end one frame and begin another. */
enum { fresh_most = 2 * packets_under_way };

struct channel {
  uint16_t session, number;
  bool reaped, forgotten;
  /* The machine ends with it, and not it with its session. */
  bool is_main;
  /* Nobody has its terminal open at the moment. To close our end of it then would hang up a program that is only on its way out. */
  bool deserted;
  int status;
  struct child child;
  /* Standard input that came and was not taken yet. */
  uint8_t in[window_bytes];
  uint32_t in_from, in_used;
  bool in_ends;
  /* More of it, still where it was received. */
  struct iovec fresh[fresh_most];
  int fresh_count;
  uint32_t fresh_bytes;
  /* Input taken and not said yet. A quarter of the window at a time will do: the host has the other three. */
  uint32_t unsaid;
  /* Output the host still takes. */
  uint32_t granted;
  /* What the last poll was asked about its output; NULL where it was not. */
  const struct pollfd *out_poll, *err_poll;
};

static struct channel *channels[channels_most];

static struct channel *find(uint16_t session, uint16_t number) {
  for (int i = 0; i < channels_most; i++)
    if (channels[i] != NULL && channels[i]->session == session && channels[i]->number == number && !channels[i]->forgotten) return channels[i];
  return NULL;
}

static void shut(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* It and what it started. It leads no group before it has got round to it. */
static void kill_all(pid_t pid) {
  kill(pid, SIGKILL);
  kill(-pid, SIGKILL);
}

static void release(struct channel *channel) {
  for (int i = 0; i < channels_most; i++)
    if (channels[i] == channel) channels[i] = NULL;
  shut(&channel->child.in);
  shut(&channel->child.out);
  shut(&channel->child.err);
  shut(&channel->child.report);
  free(channel);
}

static void refuse(uint16_t session, uint16_t number, uint8_t stage, int error) {
  uint8_t payload[3] = {stage};
  put_u16(payload + 1, (uint16_t)error);
  line_send(wire_refused, session, number, payload, sizeof payload);
}

static void open_channel(struct frame frame) {
  struct order order;
  int slot = 0, stage;
  while (slot < channels_most && channels[slot] != NULL) slot++;
  if (find(frame.session, frame.channel) != NULL) return refuse(frame.session, frame.channel, stage_frame, EEXIST);
  if (slot == channels_most) return refuse(frame.session, frame.channel, stage_room, EAGAIN);
  struct channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL) return refuse(frame.session, frame.channel, stage_room, ENOMEM);
  *channel = (struct channel){.session = frame.session, .number = frame.channel, .granted = window_bytes};
  if (!order_read(&order, frame.payload, frame.length)) {
    refuse(frame.session, frame.channel, stage_frame, EINVAL);
    free(channel);
  } else if ((stage = child_start(&channel->child, &order)) != 0) {
    refuse(frame.session, frame.channel, (uint8_t)stage, errno);
    free(channel);
  } else {
    channel->is_main = order.flags & open_main;
    channels[slot] = channel;
  }
  order_free(&order);
}

/* To where it may stay. */
static void store(struct channel *channel, const uint8_t *bytes, uint32_t length) {
  uint32_t at = (channel->in_from + channel->in_used) % window_bytes;
  uint32_t until_end = window_bytes - at, run = length < until_end ? length : until_end;
  memcpy(channel->in + at, bytes, run);
  memcpy(channel->in, bytes + run, length - run);
  channel->in_used += length;
}

static void store_fresh(struct channel *channel) {
  for (int i = 0; i < channel->fresh_count; i++) store(channel, channel->fresh[i].iov_base, (uint32_t)channel->fresh[i].iov_len);
  channel->fresh_count = 0;
  channel->fresh_bytes = 0;
}

static void feed(struct channel *channel, struct frame frame) {
  /* More than was granted: the host is broken, and its command with it. */
  if (frame.length > window_bytes - channel->in_used - channel->fresh_bytes) {
    if (!channel->reaped) kill_all(channel->child.pid);
    return;
  }
  if (frame.length == 0) return;
  if (channel->fresh_count == fresh_most) store_fresh(channel);
  channel->fresh[channel->fresh_count++] = (struct iovec){(void *)frame.payload, frame.length};
  channel->fresh_bytes += frame.length;
}

void channel_take(struct frame frame) {
  if (frame.kind == wire_open) return open_channel(frame);
  struct channel *channel = find(frame.session, frame.channel);
  /* It has ended meanwhile. */
  if (channel == NULL) return;
  pid_t pid = channel->child.pid;
  switch (frame.kind) {
    case wire_data: return feed(channel, frame);
    case wire_end: channel->in_ends = true; return;
    case wire_signal:
      if (frame.length == 1 && !channel->reaped) kill(pid, frame.payload[0]);
      return;
    case wire_size:
      if (frame.length == 4) child_resize(&channel->child, u16_at(frame.payload), u16_at(frame.payload + 2));
      return;
    case wire_grant:
      if (frame.length == 4 && u32_at(frame.payload) <= window_bytes - channel->granted) channel->granted += u32_at(frame.payload);
      return;
    case wire_close:
      if (!channel->reaped) kill_all(pid);
      channel->granted = 0;
      shut(&channel->child.out);
      shut(&channel->child.err);
      return;
  }
}

void channels_forget(uint16_t session) {
  for (int i = 0; i < channels_most; i++) {
    if (channels[i] == NULL || channels[i]->session != session || channels[i]->forgotten) continue;
    channels[i]->forgotten = true;
    if (channels[i]->reaped) release(channels[i]);
    else if (!channels[i]->is_main) kill_all(channels[i]->child.pid);
  }
}

bool channels_signal_main(int number) {
  bool is_there = false;
  for (int i = 0; i < channels_most; i++)
    if (channels[i] != NULL && channels[i]->is_main && !channels[i]->reaped) is_there = kill(channels[i]->child.pid, number) == 0;
  return is_there;
}

void channels_reap(pid_t pid, int status) {
  for (int i = 0; i < channels_most; i++) {
    struct channel *channel = channels[i];
    if (channel == NULL || channel->reaped || channel->child.pid != pid) continue;
    channel->reaped = true;
    channel->status = status;
  }
}

/* Whether it became the command: known once the report is closed, or says what went wrong. */
static void hear_report(struct channel *channel) {
  struct mishap mishap;
  ssize_t count = read(channel->child.report, &mishap, sizeof mishap);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  shut(&channel->child.report);
  if (count == sizeof mishap) {
    if (!channel->forgotten) refuse(channel->session, channel->number, mishap.stage, mishap.error);
    /* Its end is nobody's business any more. */
    channel->forgotten = true;
    channel->is_main = false;
    return;
  }
  uint8_t pid[4];
  put_u32(pid, (uint32_t)channel->child.pid);
  if (!channel->forgotten) line_send(wire_started, channel->session, channel->number, pid, sizeof pid);
}

/* All of the input in its order: what is kept, then what is fresh. */
static int gather(const struct channel *channel, struct iovec *parts) {
  uint32_t until_end = window_bytes - channel->in_from;
  uint32_t run = channel->in_used < until_end ? channel->in_used : until_end;
  int count = 0;
  if (run > 0) parts[count++] = (struct iovec){(void *)(channel->in + channel->in_from), run};
  if (channel->in_used > run) parts[count++] = (struct iovec){(void *)channel->in, channel->in_used - run};
  memcpy(parts + count, channel->fresh, (size_t)channel->fresh_count * sizeof *parts);
  return count + channel->fresh_count;
}

static void drop_written(struct channel *channel, uint32_t count) {
  uint32_t kept = count < channel->in_used ? count : channel->in_used;
  channel->in_from = (channel->in_from + kept) % window_bytes;
  channel->in_used -= kept;
  count -= kept;
  channel->fresh_bytes -= count;
  int whole = 0;
  while (count > 0 && count >= channel->fresh[whole].iov_len) count -= (uint32_t)channel->fresh[whole++].iov_len;
  channel->fresh_count -= whole;
  memmove(channel->fresh, channel->fresh + whole, (size_t)channel->fresh_count * sizeof *channel->fresh);
  if (count == 0) return;
  channel->fresh[0].iov_base = (uint8_t *)channel->fresh[0].iov_base + count;
  channel->fresh[0].iov_len -= count;
}

static void write_in(struct channel *channel) {
  struct iovec parts[2 + fresh_most];
  uint32_t taken = 0;
  while (channel->child.in >= 0 && channel->in_used + channel->fresh_bytes > 0) {
    ssize_t count = writev(channel->child.in, parts, gather(channel, parts));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) {
      /* Nobody reads it any more: what comes is taken and forgotten. */
      shut(&channel->child.in);
      break;
    }
    drop_written(channel, (uint32_t)count);
    taken += (uint32_t)count;
  }
  store_fresh(channel);
  if (channel->child.in < 0) {
    taken += channel->in_used;
    channel->in_used = 0;
  }
  if (channel->in_ends && channel->in_used == 0) {
    /* A terminal has no end of input but the key for it. */
    if (channel->child.in >= 0 && channel->child.err < 0 && !channel->reaped && write(channel->child.in, "\4", 1) < 0 && errno == EAGAIN) return;
    channel->in_ends = false;
    shut(&channel->child.in);
  }
  channel->unsaid += taken;
  if (channel->unsaid >= window_bytes / 4 && !channel->forgotten) {
    uint8_t bytes[4];
    put_u32(bytes, channel->unsaid);
    channel->unsaid = 0;
    line_send(wire_credit, channel->session, channel->number, bytes, sizeof bytes);
  }
}

/* What there is of a stream, a window at most. True if there may be more now. */
static bool read_out(struct channel *channel, int *fd, uint8_t kind) {
  static uint8_t bytes[window_bytes];
  static bool is_kept;
  if (!is_kept) link_keep_from_children(bytes, sizeof bytes);
  is_kept = true;
  if (*fd < 0 || channel->deserted || channel->granted == 0) return false;
  ssize_t count = read(*fd, bytes, channel->granted);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  if (count <= 0) {
    if (count < 0 && errno == EIO) channel->deserted = true;
    else shut(fd);
    return false;
  }
  channel->granted -= (uint32_t)count;
  for (ssize_t at = 0; at < count && !channel->forgotten; at += data_most)
    line_send(kind, channel->session, channel->number, bytes + at, (size_t)(count - at < data_most ? count - at : data_most));
  return true;
}

/* The relay ends as the main command did. */
static void end_machine(uint8_t status) {
  link_put(matter_status, 0, &status, sizeof status, NULL, 0);
  link_work();
  power_off_kindly();
}

/* All it wrote before it ended is told; what its own children write later is not. */
static void finish(struct channel *channel) {
  while (read_out(channel, &channel->child.out, wire_out) || read_out(channel, &channel->child.err, wire_err))
    ;
  bool held_up = channel->granted == 0 && !channel->deserted && (channel->child.out >= 0 || channel->child.err >= 0);
  if (held_up && !channel->forgotten) return;
  int status = channel->status;
  uint8_t payload[2] = {WIFEXITED(status) ? (uint8_t)WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? (uint8_t)WTERMSIG(status) : 0};
  if (!channel->forgotten) line_send(wire_exit, channel->session, channel->number, payload, sizeof payload);
  if (channel->is_main) end_machine(payload[1] == 0 ? payload[0] : (uint8_t)(128 + payload[1]));
  release(channel);
}

void channels_write(void) {
  for (int i = 0; i < channels_most; i++)
    if (channels[i] != NULL && channels[i]->fresh_count > 0) write_in(channels[i]);
}

void channels_work(void) {
  for (int i = 0; i < channels_most; i++) {
    struct channel *channel = channels[i];
    if (channel == NULL) continue;
    if (channel->child.report >= 0) hear_report(channel);
    write_in(channel);
    /* Nobody talks so much that the others don't get a word in: a window a round. */
    if (channel->out_poll != NULL && channel->out_poll->revents != 0) read_out(channel, &channel->child.out, wire_out);
    if (channel->err_poll != NULL && channel->err_poll->revents != 0) read_out(channel, &channel->child.err, wire_err);
    channel->out_poll = channel->err_poll = NULL;
    if (channel->reaped && channel->child.report < 0) finish(channel);
  }
}

static const struct pollfd *want(struct pollfd *polls, int *count, int fd, short events) {
  if (fd < 0) return NULL;
  polls[*count] = (struct pollfd){.fd = fd, .events = events};
  return &polls[(*count)++];
}

int channels_polls(struct pollfd *polls) {
  int count = 0;
  for (int i = 0; i < channels_most; i++) {
    struct channel *channel = channels[i];
    if (channel == NULL) continue;
    want(polls, &count, channel->child.report, POLLIN);
    if (channel->in_used > 0 || channel->in_ends) want(polls, &count, channel->child.in, POLLOUT);
    bool is_awaited = channel->granted > 0;
    channel->out_poll = is_awaited && !channel->deserted ? want(polls, &count, channel->child.out, POLLIN) : NULL;
    channel->err_poll = is_awaited ? want(polls, &count, channel->child.err, POLLIN) : NULL;
  }
  return count;
}
