/* Process 1 of a machine that boots no init: it reaps, and ends the machine when told. */
#ifndef HOLD_H
#define HOLD_H

#include <sys/types.h>

/* `agent`: its process. */
_Noreturn void hold(pid_t agent);
/* Switches the machine off with what is written. */
_Noreturn void power_off(void);

#endif
