/* mcvd: the off-network MCVideo client as a daemon. */
#include "agent/edge/config.h"
#include "agent/edge/daemon.h"
#include "agent/store/harden.h"
#include "crypto/sakke.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: mcvd --config FILE [--check]\n"
    "Secure off-network MCVideo client: private and group calls by UDP multicast, no server.\n"
    "\n"
    "  -c, --config FILE  configuration (YAML); mcvd.example.yaml shows every key\n"
    "  -n, --check        check the configuration and exit: 0 it is good, 1 it is not\n"
    "  -V, --version      print the version and exit\n"
    "  -h, --help         print this and exit\n"
    "\n"
    "It stays in the foreground, logs to standard error, reads its configuration again on SIGHUP, "
    "and\n"
    "ends on SIGINT or SIGTERM.\n"
    "Exit status: 0 after a stop, 1 when it cannot start, 2 for a wrong command line.\n"
    "mcvctl(1) controls it.\n";

struct arguments {
    const char *config;
    bool is_check;
};

enum parsed { PARSED_RUN, PARSED_DONE, PARSED_WRONG };

static enum parsed parse(struct arguments *out, int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 'n'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:nVh", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            out->config = optarg;
            break;
        case 'n':
            out->is_check = true;
            break;
        case 'V':
            printf("mcvd %s\n", MCV_VERSION);
            return PARSED_DONE;
        case 'h':
            fputs(usage, stdout);
            return PARSED_DONE;
        default:
            return PARSED_WRONG;
        }
    }
    if (optind == argc && out->config != NULL) return PARSED_RUN;
    fputs("mcvd: --config FILE is needed, and nothing else; see mcvd --help\n", stderr);
    return PARSED_WRONG;
}

static int run(struct mcv_edge_config *config)
{
    struct mcv_yaml_why why = {0};
    struct mcv_daemon *daemon;

    if (mcv_daemon_open(&daemon, config, &why) != MCV_OK) {
        fprintf(stderr, "mcvd: %s\n", why.text);
        mcv_edge_config_close(config);
        free(config);
        return 1;
    }
    mcv_daemon_run(daemon);
    mcv_daemon_close(daemon);
    return 0;
}

/* NULL: `why` says it. */
static struct mcv_edge_config *read_config(const char *path, struct mcv_yaml_why *why)
{
    struct mcv_edge_config *config = calloc(1, sizeof *config);

    if (config == NULL) return NULL;
    if (mcv_edge_config_read(config, path, why) == MCV_OK) return config;
    mcv_edge_config_close(config);
    free(config);
    return NULL;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct mcv_yaml_why why = {.text = "out of memory"};
    struct mcv_why hardening = {0};

    const enum parsed parsed = parse(&arguments, argc, argv);
    if (parsed != PARSED_RUN) return parsed == PARSED_DONE ? 0 : 2;
    if (mcv_harden_process(&hardening) != MCV_OK) {
        fprintf(stderr, "mcvd: %s\n", hardening.text);
        return 1;
    }
    const char *fault = mcv_sakke_backend_fault();
    if (fault != NULL) {
        fprintf(stderr, "mcvd: MCV_FP=%s: %s\n", getenv("MCV_FP"), fault);
        return 1;
    }
    struct mcv_edge_config *config = read_config(arguments.config, &why);
    if (config == NULL) {
        fprintf(stderr, "mcvd: %s\n", why.text);
        return 1;
    }
    if (!arguments.is_check) return run(config);
    printf("%s: good\n", arguments.config);
    mcv_edge_config_close(config);
    free(config);
    return 0;
}
