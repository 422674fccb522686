/*
 * What travels between isola and its agent in a session, a stream of bytes of which none is lost: guest/link/packet.h carries it.
 *
 *    0       1      2         4         8
 *   +-------+------+---------+---------+----------
 *   | magic | kind | channel | length  | payload      little endian
 *   +-------+------+---------+---------+----------
 *
 * The agent begins with the line `<isola agent 1>`, then a HELLO. A channel is one command: OPENed by the
 * host under a number of its choice, free again after REFUSED or EXIT. Neither side sends more data on a channel than the other
 * has granted: window_bytes at first, then what CREDIT adds. So a side that stalls holds up its own channel and no other, and
 * nobody stores more than a window for anybody. src/agent/wire.ts is the other side's copy.
 */
#ifndef WIRE_H
#define WIRE_H

enum {
  wire_protocol = 1,
  wire_magic = 0xA9,
  header_bytes = 8,
  /* Bytes of a DATA, OUT or ERR frame. */
  data_most = 31744,
  /* Bytes of any other frame: words and variables of a command. */
  frame_most = 1 << 20,
  window_bytes = 1048576,
  channels_most = 256,
};

/* From the host. */
enum {
  wire_open = 1,   /* flags u8, columns u16, rows u16, user, directory, count u16 and words, count u16 and variables; a text is length u32 and bytes */
  wire_data = 2,   /* for its standard input */
  wire_end = 3,    /* no more of it */
  wire_signal = 4, /* number u8 */
  wire_size = 5,   /* columns u16, rows u16 */
  wire_grant = 6,  /* bytes u32 of output that were taken */
  wire_close = 7,  /* end it at once, nobody listens any more; answered by EXIT all the same */
  wire_ask = 8,    /* channel 0: subject u8, then what it takes */
};

/* open_main: on the machine's consoles instead of streams of the channel, and not ended with its session; when it ends, so does the machine. */
/* open_own: the words are the agent's own: `unpack DIRECTORY` takes an archive as standard input, `pack PATH` makes one as standard output, `kind PATH` says `directory`, `file` or nothing. */
enum { open_terminal = 1, open_tool = 2, open_main = 4, open_own = 8 };

/* Subjects of ASK. */
enum {
  ask_stats = 1,    /* answered by lines `name value` */
  ask_shutdown = 2, /* how u8: a signal for process 1; 0: switch off without asking anybody; 255: as process 1 wants to be asked */
  ask_time = 3,     /* nanoseconds u64 since 1970 */
  ask_entropy = 4,  /* bytes to stir in */
  ask_hostname = 5, /* the new name */
  ask_main = 6,     /* number u8 of a signal for the main command */
  ask_pids = 7,     /* how many processes it may have u32; 0: as many as it likes */
};

/* From the agent. */
enum {
  wire_hello = 65,   /* protocol u16 */
  wire_started = 66, /* process id u32 */
  wire_out = 67,
  wire_err = 68,
  wire_credit = 69,  /* bytes u32 of standard input that were taken */
  wire_exit = 70,    /* status u8, signal u8: one of them 0 */
  wire_refused = 71, /* stage u8, errno u16 */
  wire_answer = 72,  /* channel 0: subject u8, errno u16, text */
  wire_over = 73,    /* channel 0: why nothing more will come, a text; the relay's word where the guest has no more */
};

/* Where the start of a command failed. */
enum { stage_room = 1, stage_root = 2, stage_user = 3, stage_directory = 4, stage_command = 5, stage_frame = 6 };

#endif
