/* How each kind of process 1 is asked to power off. */
#ifndef POWER_H
#define POWER_H

/* 0, or -1 and errno. */
int power_off_kindly(void);

#endif
