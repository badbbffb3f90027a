/* Jobs done without public-key cryptography, for worlds of thousands: a costed I_MESSAGE has the form
 * and the length of a real one, both sides find the same PCK, a changed message does not verify and
 * another user cannot open it. What it takes is the time of the world's table, as for real jobs.
 *
 * All of it is arithmetic of a simulation and protects nothing. */
#ifndef MCV_SIM_COSTED_H
#define MCV_SIM_COSTED_H

#include "agent/core/job.h"

/* As mcv_job_run, for BUILD_PCK, VERIFY and DECAPSULATE. Keys of the kind MCV_SIM_IDENTITY_COSTED
 * are enough. */
void mcv_costed_run(struct mcv_job *job);

#endif
