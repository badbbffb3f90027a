/* The inside of a play. Private to sim/play*.c. */
#ifndef MCV_SIM_PLAY_PRIVATE_H
#define MCV_SIM_PLAY_PRIVATE_H

#include "sim/play.h"
#include "sim/play_ranks.h"
#include "sim/play_watch.h"
#include "sim/pool.h"
#include "sim/prng.h"
#include "sim/radio.h"

/* Streams of the generator. */
enum mcv_play_stream {
    MCV_PLAY_STREAM_ACTIONS = 16,
    MCV_PLAY_STREAM_PRIVATE,
    MCV_PLAY_STREAM_GROUP,
    MCV_PLAY_STREAM_CHURN,
    MCV_PLAY_STREAM_EMERGENCY,
    MCV_PLAY_STREAM_MEDIA,
};

/* What somebody says or shows at a time: from the press of the button to its release. */
struct mcv_burst {
    struct mcv_burst *next; /* in the free list */
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t user, group, call; /* group MCV_NOBODY: a private call */
    enum mcv_medium medium;
    uint16_t slot, seq;
    uint32_t ts, number;
    uint64_t pressed_us, began_us, until_us; /* began: to speak */
    uint64_t due_us;                         /* the next packet */
    bool has_waited, is_granted, is_sending, is_over;
    uint8_t n_acts; /* planned: they refer to it */
};

/* A call that a user asked for, or a private one that he is in. */
struct mcv_own_call {
    struct mcv_own_call *next;
    uint64_t asked_us;
    uint64_t hold_us; /* he releases it so long after it began; 0: does not */
    uint32_t call;    /* 0: the command that asks for it is being carried out */
    bool is_group;
    bool is_awaited;      /* asked for, and neither made nor failed */
    bool awaits_speaking; /* he has not had permission in it */
    bool awaits_voice;    /* he has heard nothing in it */
};

/* What is measured of one user. */
struct mcv_player {
    struct mcv_own_call *calls;
    struct mcv_burst *bursts[MCV_N_MEDIA]; /* that he is at; NULL: none */
    uint32_t call;                         /* last private call, or what he is asked */
    uint32_t n_bursts;
    bool has_held; /* he had permission in a group call once */
};

/* A group in which people talk now and then. */
struct mcv_talk {
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t group;
    uint64_t session_began_us, session_end_us, talked_us;
};

/* The button is pressed. */
struct mcv_press {
    uint32_t user, group; /* group MCV_NOBODY: a private call */
    enum mcv_medium medium;
    uint64_t for_us;
    bool is_emergency, has_priority;
    uint8_t priority;
};

struct mcv_planned {
    struct mcv_play *p;
    const struct mcv_scenario_action *action;
    uint32_t user;
};

struct mcv_play {
    const struct mcv_scenario_file *file;
    struct mcv_play_options options;
    struct mcv_limits limits;
    struct mcv_cast *cast;
    struct mcv_world *world;
    struct mcv_radio *radio; /* NULL: no area */
    struct mcv_kpis kpis;
    struct mcv_story story;
    struct mcv_pool pool;
    struct mcv_player *players; /* one per user */
    struct mcv_talk *talks;     /* one per group */
    struct mcv_burst *free_bursts;
    struct mcv_own_call *free_calls;
    struct mcv_watch watch;
    struct mcv_fault *faults;
    uint64_t **counts; /* by expectation: events or a counter of each user; NULL: another kind */
    struct mcv_verdict *verdicts; /* by expectation, at the end */
    struct mcv_world_division division;
    bool *has_members; /* by group and process */
    uint64_t n_windows, n_crossed;
    uint64_t trace; /* with all_bytes: at the end, of all processes */
    size_t all_bytes;
    uint64_t end_us;
    bool is_out_of_memory;
};

void mcv_play_stream(const struct mcv_play *p, struct mcv_prng *g, enum mcv_play_stream stream,
                     uint64_t i);

/* For the story, when it is kept. */
void mcv_play_beat(struct mcv_play *p, uint32_t user, enum mcv_beat_what what, uint32_t other);

/* mcv_world_at; a failure ends the run. */
void mcv_play_at(struct mcv_play *p, uint64_t at_us, void (*act)(struct mcv_world *, void *),
                 void *ctx);

/* Commands of users; refusals are counted. */
void mcv_play_call(struct mcv_play *p, uint32_t user, uint32_t to, bool is_manual,
                   uint64_t hold_us);
void mcv_play_command(struct mcv_play *p, uint32_t user, enum mcv_command_type type, uint32_t call,
                      struct mcv_bytes target);
void mcv_play_enter_group(struct mcv_play *p, uint32_t user, uint32_t group);
void mcv_play_power(struct mcv_play *p, uint32_t user, bool is_on);

/* The group that the pattern means of those that the user is in; NULL: any. MCV_NOBODY: none. */
uint32_t mcv_play_group_of(const struct mcv_play *p, uint32_t user, const char *pattern);

/* play_script.c */
MCV_MUST_USE mcv_err mcv_play_plan_script(struct mcv_play *p);

/* play_load.c: before the cast starts, and after */
MCV_MUST_USE mcv_err mcv_play_prepare_load(struct mcv_play *p);
MCV_MUST_USE mcv_err mcv_play_plan_load(struct mcv_play *p);

/* play_ptt.c */
void mcv_play_press(struct mcv_play *p, const struct mcv_press *press);
void mcv_play_ptt_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event);
/* The call is over, or (MCV_NOBODY) every one of this user. */
void mcv_play_hang_up(struct mcv_play *p, uint32_t user, uint32_t call);
/* An act of the burst has been carried out. */
void mcv_play_burst_done(struct mcv_burst *b);

/* play_watch.c: who may transmit, who arbitrates */
void mcv_play_watch(struct mcv_play *p, uint32_t user, const struct mcv_trace *trace);
/* He does not take part any more in this call, or (MCV_NOBODY) in any. */
void mcv_play_watch_leave(struct mcv_play *p, uint32_t user, uint32_t call);
void mcv_play_watch_side(struct mcv_play *p, uint32_t user, uint16_t side);
void mcv_play_watch_move(struct mcv_play *p, uint32_t user, struct mcv_point to, uint64_t for_us);
/* Looks at all that was noted. */
void mcv_play_watch_settle(struct mcv_play *p);
void mcv_play_watch_end(struct mcv_play *p);
MCV_MUST_USE mcv_err mcv_play_watch_open(struct mcv_play *p);
void mcv_play_watch_close(struct mcv_play *p);

/* play_media.c: packets of the burst from now on */
void mcv_play_speak(struct mcv_burst *b);
void mcv_play_hear(struct mcv_play *p, uint32_t user, const struct mcv_out_local *local);

/* play_events.c */
void mcv_play_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event);
/* Among those of the user; NULL: none. */
struct mcv_own_call *mcv_play_own_call(const struct mcv_play *p, uint32_t user, uint32_t call);

/* play_verdict.c */
MCV_MUST_USE mcv_err mcv_play_plan_verdicts(struct mcv_play *p);
/* At the end: counters of agents. */
void mcv_play_count_counters(struct mcv_play *p);
/* When everything is counted. */
void mcv_play_judge(struct mcv_play *p);
/* Met where it is met by every process, each of which has judged its own play. */
void mcv_play_judge_all(struct mcv_play *p, struct mcv_ranks *ranks);
void mcv_play_count_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event);

#endif
