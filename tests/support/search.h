/* Participants of one call that are set back to where they were: one situation, played again and
 * again with other losses and delays of its control messages.
 *
 * The agents are whole agents. Nothing is protected in these calls, so that an agent is one block of
 * memory without library contexts, and setting back is a copy; what transmission control does is the
 * same. Time is virtual; every delivery takes 2 ms, or what a radio takes. Who has permission sends RTP
 * every second, or as often as the situation says. */
#ifndef MCV_TESTS_SUPPORT_SEARCH_H
#define MCV_TESTS_SUPPORT_SEARCH_H

#include "agent/core/agent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SEARCH_MAX_AGENTS 6
#define SEARCH_MAX_SCRIPT 48

enum search_call {
    SEARCH_SINGLE, /* a group with an arbitrator */
    SEARCH_SELF,   /* a group in which everybody decides for himself */
    SEARCH_PRIVATE,
};

/* What happens at a time. */
enum search_verb {
    SEARCH_PRESS,
    SEARCH_EMERGENCY, /* presses as one in emergency */
    SEARCH_RELEASE,
    SEARCH_PAUSE, /* holds the button and sends nothing */
    SEARCH_LEAVE, /* the call */
    SEARCH_DIE,   /* neither sends nor hears any more */
    SEARCH_SPLIT, /* goes to the other side */
    SEARCH_HEAL,  /* everybody hears everybody who lives */
};

struct search_step {
    uint32_t at_ms; /* from the situation on */
    uint8_t verb, who;
    uint8_t priority;
};

/* A direct radio link: sending begins with a period, a first part of which announces what follows; then
 * each message is sent several times, once within each step. */
struct search_radio {
    uint32_t period_us, announcing_us, step_us;
    unsigned n_attempts;
    uint32_t attempt_loss_ppm; /* of every attempt but the last, which arrives */
};

struct search_situation {
    const char *name;
    const struct search_radio *radio; /* NULL: 2 ms */
    uint32_t rtp_every_ms;            /* 0: 1000 */
    uint32_t t201_ms;                 /* 0: the default */
    uint8_t n_agents, n_max, n_queue;
    uint8_t call;           /* enum search_call */
    bool is_call_start;     /* begins with the first message of the originator, who sends */
    uint8_t n_transmitting; /* else: so many transmit, agent 0 is the arbitrator; 0: silence */
    struct search_step script[SEARCH_MAX_SCRIPT];
    size_t n_steps;
    uint32_t end_ms; /* later by as much as a delivery is late */
};

/* What goes wrong. Deliveries of control messages are counted from 0 on. */
struct search_case {
    uint64_t lost; /* bit i: the i-th one */
    int late;      /* this one comes late; -1: none */
    uint32_t late_ms;
    uint32_t loss_ppm; /* random, of all control messages before loss_until_ms */
    uint32_t loss_until_ms;
    bool is_all_lossy; /* not control messages alone */
    uint64_t
        seed; /* of random losses, of the agents, and where in a period of the radio it begins */
};

struct search;

struct search *search_open(const struct search_situation *situation);
void search_close(struct search *s);

/* Plays it from the situation on. NULL: as it should be; else what was wrong (static). What is
 * asserted: outside a partition more than n_max have permission for at most 5 s; every request is
 * granted, queued, rejected or given up within 10 s; at the end not more than one arbitrates, one
 * if anybody transmits, and no more transmit than may. While messages are lost at random counts as a
 * partition.
 * trace: where every message and state goes; NULL: nowhere. */
const char *search_run(struct search *s, const struct search_case *c, FILE *trace);

/* In the last run: has he taken arbitration because nobody answered his request? */
bool search_has_claimed(const struct search *s, size_t who);

/* Prints the least that still fails of the case: losses and steps of the script without which it does not
 * fail, and the trace. */
void search_explain(struct search *s, const struct search_case *c, const char *what, FILE *out);

#endif
