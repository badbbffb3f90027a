/* On what a run was made: for the record of a result. */
#ifndef MCV_SIM_MACHINE_H
#define MCV_SIM_MACHINE_H

#include <stdint.h>

struct mcv_machine_record {
    char cpu[100], kernel[200], compiler[60];
    long n_cores;
};

void mcv_machine_read(struct mcv_machine_record *out);

/* Of this machine in all; UINT64_MAX: not known. */
uint64_t mcv_machine_memory_bytes(void);

#endif
