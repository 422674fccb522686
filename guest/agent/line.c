#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "../link/packet.h"
#include "wire.h"

/* What has come of a session's next frame. */
struct session {
  bool is_open, is_greeted;
  uint8_t *in;
  size_t used, room;
  /* What is still to come of a DATA frame. */
  uint16_t data_channel;
  uint32_t data_left;
};

static struct session sessions[sessions_most];
static struct line_events events;
static bool is_welcoming;

void line_send(uint8_t kind, uint16_t session, uint16_t channel, const void *payload, size_t length) {
  uint8_t header[header_bytes] = {wire_magic, kind};
  put_u16(header + 2, channel);
  put_u32(header + 4, (uint32_t)length);
  link_put(matter_bytes, session, header, sizeof header, payload, length);
}

static void greet(uint16_t session) {
  sessions[session].is_greeted = true;
  static const char greeting[] = "\n<isola agent 1>\n";
  uint8_t version[2];
  link_put(matter_bytes, session, greeting, sizeof greeting - 1, NULL, 0);
  put_u16(version, wire_protocol);
  line_send(wire_hello, session, 0, version, sizeof version);
}

static bool is_sound(const uint8_t *header) {
  uint32_t length = u32_at(header + 4);
  return header[0] == wire_magic && length <= (header[1] == wire_data ? (uint32_t)data_most : (uint32_t)frame_most);
}

static void keep(struct session *session, const uint8_t *bytes, size_t count) {
  if (session->used + count > session->room) {
    session->room = session->used + count > 65536 ? header_bytes + frame_most + packet_bytes_most : 65536 + packet_bytes_most;
    session->in = realloc(session->in, session->room);
    if (session->in == NULL) abort();
  }
  memcpy(session->in + session->used, bytes, count);
  session->used += count;
}

static void hand_on(uint16_t number, const uint8_t *header, const uint8_t *payload, uint32_t length) {
  events.take((struct frame){header[1], number, u16_at(header + 2), payload, length});
}

/* Of a DATA frame whatever has come is handed on at once: that it came in a frame means nothing, and nothing need be kept. */
static void begin_data(struct session *session, const uint8_t *header) {
  session->data_channel = u16_at(header + 2);
  session->data_left = u32_at(header + 4);
}

static size_t continue_data(uint16_t number, const uint8_t *bytes, size_t count) {
  struct session *session = &sessions[number];
  uint32_t step = session->data_left < count ? session->data_left : (uint32_t)count;
  session->data_left -= step;
  events.take((struct frame){wire_data, number, session->data_channel, bytes, step});
  return step;
}

static size_t begin_frame(uint16_t number, const uint8_t *bytes, size_t count) {
  struct session *session = &sessions[number];
  if (count >= header_bytes && !is_sound(bytes)) return 0;
  if (count >= header_bytes && bytes[1] == wire_data) {
    begin_data(session, bytes);
    return header_bytes;
  }
  if (count < header_bytes || count - header_bytes < u32_at(bytes + 4)) {
    keep(session, bytes, count);
    return count;
  }
  uint32_t length = u32_at(bytes + 4);
  hand_on(number, bytes, bytes + header_bytes, length);
  return header_bytes + (size_t)length;
}

static size_t complete_frame(uint16_t number, const uint8_t *bytes, size_t count) {
  struct session *session = &sessions[number];
  size_t whole = session->used < header_bytes ? header_bytes : header_bytes + (size_t)u32_at(session->in + 4);
  size_t step = count < whole - session->used ? count : whole - session->used;
  keep(session, bytes, step);
  if (session->used < header_bytes) return step;
  if (!is_sound(session->in)) return 0;
  uint32_t length = u32_at(session->in + 4);
  if (session->in[1] == wire_data) begin_data(session, session->in);
  else if (session->used < header_bytes + (size_t)length) return step;
  else hand_on(number, session->in, session->in + header_bytes, length);
  session->used = 0;
  return step;
}

static void hear(uint16_t number, const uint8_t *bytes, size_t count) {
  struct session *session = &sessions[number];
  while (count > 0) {
    size_t (*step)(uint16_t, const uint8_t *, size_t) = session->data_left > 0 ? continue_data : session->used > 0 ? complete_frame : begin_frame;
    size_t taken = step(number, bytes, count);
    bytes += taken;
    count -= taken;
    if (taken > 0) continue;
    /* What is no frame makes the session begin anew. */
    session->used = 0;
    events.forget(number);
    greet(number);
    return;
  }
}

static void close_session(uint16_t number) {
  struct session *session = &sessions[number];
  if (session->is_open) events.forget(number);
  free(session->in);
  *session = (struct session){0};
}

static void take(struct link_message message) {
  if (message.session >= sessions_most) return;
  struct session *session = &sessions[message.session];
  switch (message.matter) {
    case matter_open:
      close_session(message.session);
      session->is_open = true;
      if (is_welcoming) greet(message.session);
      return;
    case matter_bytes:
      if (session->is_greeted) hear(message.session, message.bytes, message.length);
      return;
    case matter_close:
      close_session(message.session);
      link_put(matter_close, message.session, NULL, 0, NULL, 0);
      return;
  }
}

/* Under another relay: its sessions begin anew. */
static void begin_anew(void) {
  for (uint16_t session = 0; session < sessions_most; session++) close_session(session);
}

void line_begin(int fd, struct line_events what) {
  events = what;
  link_begin(fd, true, (struct link_events){.take = take, .begin_anew = begin_anew});
}

void line_welcome(void) {
  if (is_welcoming) return;
  is_welcoming = true;
  for (uint16_t session = 0; session < sessions_most; session++)
    if (sessions[session].is_open) greet(session);
}
