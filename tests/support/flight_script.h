/* What happens in flights, and records of them. */
#ifndef MCV_TESTS_SUPPORT_FLIGHT_SCRIPT_H
#define MCV_TESTS_SUPPORT_FLIGHT_SCRIPT_H

#include "tests/support/flight.h"

typedef void flight_script(struct flight *f);

/* Opens, plays, lands. */
void flight_fly(struct flight *f, enum flight_form form, flight_script *play);

/* A private call in which both speak, then a group call in which alice and bob do, with reports. */
flight_script flight_everything;

/* Alice calls bob. */
flight_script flight_call_of_two;

/* Nobody hears alice: she probes, announces, arbitrates, and presses for 200 ms. */
flight_script flight_alone_in_the_group;

void flight_must(struct flight *f, enum flight_who who, enum mcv_command_type type,
                 const char *target);
void flight_press_and_talk(struct flight *f, enum flight_who who, unsigned n);

/* Of events, MONP messages, media and packets for applications; prints what differs. */
bool flight_is_equal(const char *why, const struct mcv_replay_counts *got,
                     const struct mcv_replay_counts *want);

/* The record of this user in such a flight, read into memory. */
void flight_read_record(struct mcv_replay_file *file, enum flight_form form, flight_script *play,
                        enum flight_who who);

/* Plays it without changes. */
mcv_err flight_play(struct mcv_replay_file *file, struct mcv_replay_result *r, struct mcv_why *why);

/* A record in the making, in `content`; starts as {.content = ..., .n = MCV_RECORD_MAGIC_BYTES}. */
void flight_put_frame(struct mcv_replay_file *file, size_t cap, const Mcv__RecordFrame *f);
/* The same as flight_play. */
mcv_err flight_play_made(struct mcv_replay_file *file, struct mcv_replay_result *r,
                         struct mcv_why *why);

#endif
