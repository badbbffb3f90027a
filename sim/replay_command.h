/* `mcvsim replay`: a flight record, told line by line. */
#ifndef MCV_SIM_REPLAY_COMMAND_H
#define MCV_SIM_REPLAY_COMMAND_H

/* argv[0] is "replay". The exit status of the program: 0 the outputs are those of the record, or it was
 * played with changes; 1 they differ; 2 wrong command line or no such record; 3 the record ends within a
 * frame, or is damaged. */
int mcv_replay_command(int argc, char **argv);

#endif
