/* Devices for tests: a KMS, and mcvd processes with keys from it on addresses of the loopback.
 *
 * Real programs, sockets and files. A rig has a number of its own, so that two at once do not meet:
 * device i of rig n has the address 127.77.n.i and its local applications 127.77.n.(100 + i).
 * The set-up timers are long: nothing depends on the speed of the machine. Everything that fails
 * here fails the test. */
#ifndef MCV_TESTS_EDGE_RIG_H
#define MCV_TESTS_EDGE_RIG_H

#include "agent/cli/kms.h"
#include "tests/support/tmpdir.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define MCV_RIG_WAIT_S 30 /* for anything that has to happen */

struct mcv_rig {
    struct mcv_tmpdir dir;
    unsigned number;
    int taken;          /* as long as it is open, the number is ours alone */
    const char *timers; /* more of them for the configurations, "T201_ms: 1000, "; NULL: none */
    struct mcv_kms kms;
    struct mcv_seal_secret secret;
};

/* A KMS with a key file, "key", that opens the stores of the devices too. */
void mcv_rig_open(struct mcv_rig *rig, unsigned number);
void mcv_rig_close(struct mcv_rig *rig);

struct mcv_device {
    struct mcv_rig *rig;
    unsigned index;
    char uri[64], address[32], local[32];
    char config[320], socket[320], errors[320], store[320];
    const char *options[4]; /* of mcvd, besides --config; ends with NULL */
    pid_t pid;              /* 0: not running */
    int events;             /* what `mcvctl events` prints; -1: not running */
    pid_t events_pid;
    char line[4096]; /* of events: octets not yet taken */
    size_t n_line;
};

/* name: "alice"; he is sip:alice@rig.example. more: further lines of YAML, or "". */
void mcv_device_init(struct mcv_device *d, struct mcv_rig *rig, const char *name, unsigned index,
                     const char *more);

/* Writes the configuration file again, with other lines. */
void mcv_device_configure(const struct mcv_device *d, const char *more);

/* One line of the list of peers, for `more` after "peers:\n"; static buffer. */
const char *mcv_device_as_peer(const struct mcv_device *d);

/* Starts mcvd; its standard error goes to d->errors. */
void mcv_device_launch(struct mcv_device *d, const char *const environment[]);

/* The exit status of a process that ends by itself; 128 + n for signal n. */
int mcv_device_wait_exit(struct mcv_device *d);

/* Launches, waits for the control socket, follows events. */
void mcv_device_start(struct mcv_device *d);

/* Sends the signal; the exit status. */
int mcv_device_stop(struct mcv_device *d, int signal_number);

/* Issues the keys of the user, makes a bundle and imports it. */
void mcv_device_import(struct mcv_device *d);

/* mcvctl --json WORD...; the last word is NULL. *status: out, may be NULL; the exit status. The
 * caller gives the answer back with json_decref; NULL: it printed nothing. */
json_t *mcv_device_ctl(struct mcv_device *d, int *status, ...);

/* A program of ours, its standard output to the file `out`; the last word is NULL. The exit status. */
int mcv_rig_run(const char *out, char *const words[]);

/* Waits for an event of this name and returns it; earlier ones of other names are passed over. */
json_t *mcv_device_wait(struct mcv_device *d, const char *event);

/* A counter of `mcvctl stats`. */
long long mcv_device_counter(struct mcv_device *d, const char *name);

/* The first call of `mcvctl status`; NULL: none. */
json_t *mcv_device_call(struct mcv_device *d);

/* A UDP socket bound to this address and port, with a time-out of MCV_RIG_WAIT_S for receiving. */
int mcv_rig_udp(const char *address, unsigned port);

#endif
