/* Measuring one thing against another, so that the machine's mood cancels out.
 *
 * Two sides run in turn, batch by batch; the medians over all rounds of the time of this thread (what
 * other processes use of the CPU does not count) are compared. Output is one JSON
 * object a line, on standard output and, with --json FILE, at the end of that file too. The first line
 * names machine, commit and build; a file has it once. */
#ifndef MCV_TESTS_BENCH_BENCH_H
#define MCV_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_bench {
    void *json; /* FILE, or NULL */
    unsigned n_rounds;
    unsigned n_warm;        /* batches before the first round; 0 is 1 */
    const char *only;       /* NULL, or the one part of the program that runs */
    char backend_field[32]; /* empty, or in the rows of a back-end */
};

/* One side. prepare (may be NULL) is not timed. Both get the number of operations of the batch. */
struct mcv_bench_side {
    void (*prepare)(void *ctx, unsigned n_ops);
    void (*run)(void *ctx, unsigned n_ops);
    void *ctx;
};

/* Options: --json FILE, --rounds N (at least 9, default 101), --only PART. Pins the process to one CPU. Stops the
 * program when an option is wrong. */
void mcv_bench_start(struct mcv_bench *b, int argc, char **argv);
void mcv_bench_finish(struct mcv_bench *b);

/* Prints {"bench":name,"value":..,"unit":"ns","peer":peer,"peer_value":..,"ratio":..}: medians for
 * one operation; ratio = theirs / ours: above 1 we are better. Without a peer (NULL) the last three
 * are null.
 * n_ops  operations of one batch; a batch should take 50 us or more. */
void mcv_bench_compare(struct mcv_bench *b, const char *name, unsigned n_ops,
                       const struct mcv_bench_side *ours, const char *peer,
                       const struct mcv_bench_side *theirs);

/* Is this part of the program to run? */
bool mcv_bench_runs(const struct mcv_bench *b, const char *part);

/* Sorts v. n > 0. */
double mcv_bench_median(double *v, unsigned n);

/* The rows that follow have a field "backend". */
void mcv_bench_set_backend(struct mcv_bench *b, const char *name);

/* A quantity that is not a time. */
void mcv_bench_value(struct mcv_bench *b, const char *name, double value, const char *unit);

/* The same with more fields of its own: "\"p99\":%.1f,", each with its comma. */
__attribute__((format(printf, 5, 6))) void mcv_bench_fields(struct mcv_bench *b, const char *name,
                                                            double value, const char *unit,
                                                            const char *fields, ...);

/* The same beside what it shall be at most; the ratio is that of compare. */
void mcv_bench_target(struct mcv_bench *b, const char *name, double value, const char *unit,
                      const char *peer, double peer_value);
__attribute__((format(printf, 7, 8))) void
mcv_bench_target_fields(struct mcv_bench *b, const char *name, double value, const char *unit,
                        const char *peer, double peer_value, const char *fields, ...);

/* Back to all the CPUs of the start: for what runs on several. */
void mcv_bench_unpin(void);

/* Stops the program when cond is false: a benchmark of something that fails says nothing. */
void mcv_bench_check(int cond, const char *what);

#endif
