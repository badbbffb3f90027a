#include "sim/live_tool.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A file in memory, so that nobody waits for the other to read. */
static int file_of(const char *text)
{
    const int fd = memfd_create("mcvsim", MFD_CLOEXEC);
    const size_t n = strlen(text);

    if (fd < 0) return -1;
    if (write(fd, text, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0) return fd;
    close(fd);
    return -1;
}

/* Names of arguments are not const in this interface, but nobody writes there. */
static int spawn(pid_t *pid, const char *path, const char *const argv[],
                 const posix_spawn_file_actions_t *actions)
{
    char *args[8] = {0};

    for (size_t i = 0; argv[i] != NULL; i++) {
        MCV_ASSERT(i + 1 < sizeof args / sizeof *args);
        memcpy(&args[i], &argv[i], sizeof *args);
    }
    return posix_spawnp(pid, path, actions, NULL, args, environ);
}

/* errno of the start, or the exit status of the program in *status. */
static int run(const char *const argv[], int in, int out, int *status)
{
    posix_spawn_file_actions_t actions;
    char path[64];
    pid_t pid;

    if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    int failed = spawn(&pid, argv[0], argv, &actions);
    snprintf(path, sizeof path, "/usr/sbin/%s", argv[0]);
    if (failed == ENOENT) failed = spawn(&pid, path, argv, &actions);
    posix_spawn_file_actions_destroy(&actions);
    while (failed == 0 && waitpid(pid, status, 0) < 0 && errno == EINTR) continue;
    return failed;
}

mcv_err mcv_live_tool_run(const char *const argv[], const char *script, char *output, size_t n,
                          struct mcv_why *why)
{
    const int in = file_of(script), out = file_of("");
    int status = 0;
    const int failed = in >= 0 && out >= 0 ? run(argv, in, out, &status) : errno;
    const ssize_t n_read = failed == 0 ? pread(out, output, n - 1, 0) : 0;

    if (in >= 0) close(in);
    if (out >= 0) close(out);
    output[n_read > 0 ? n_read : 0] = '\0';
    if (failed == ENOENT)
        return mcv_why_set(why, MCV_E_NOT_FOUND, "there is no program `%s` here", argv[0]);
    if (failed != 0) return mcv_why_set(why, MCV_E_IO, "%s: %s", argv[0], strerror(failed));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return MCV_OK;
    return mcv_why_set(why, MCV_E_IO, "%s: %.*s", argv[0], (int)strcspn(output, "\n"), output);
}
