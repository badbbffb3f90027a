/* mcvd: the off-network MCVideo client as a daemon. */
#include "agent/edge/config.h"
#include "agent/edge/daemon.h"
#include "agent/record/recorder.h"
#include "agent/store/harden.h"
#include "crypto/aead.h"
#include "crypto/sakke.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: mcvd --config FILE [--check] [--record FILE [--record-secrets] [--record-max MB]]\n"
    "Secure off-network MCVideo client: private and group calls by UDP multicast, no server.\n"
    "\n"
    "  -c, --config FILE  configuration (YAML); mcvd.example.yaml shows every key\n"
    "  -n, --check        check the configuration and exit: 0 it is good, 1 it is not\n"
    "  -r, --record FILE  flight record of what the agent is given, for `mcvsim replay`; a new "
    "file\n"
    "                     without keys and payload of media, but with identities\n"
    "  -S, --record-secrets  with keys and all octets, sealed with the secret of the store;\n"
    "                     written when mcvd stops\n"
    "  -M, --record-max MB   where the record ends, 1 to 64; default: 64\n"
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
    struct mcv_daemon_record record;
};

static bool read_megabytes(size_t *out, const char *text)
{
    char *end;
    const unsigned long n = strtoul(text, &end, 10);

    *out = (size_t)n << 20;
    if (*text >= '1' && *text <= '9' && *end == '\0' && n <= MCV_RECORD_MAX_BYTES >> 20)
        return true;
    fprintf(stderr, "mcvd: --record-max needs a number from 1 to %u, not \"%s\"\n",
            MCV_RECORD_MAX_BYTES >> 20, text);
    return false;
}

enum parsed { PARSED_RUN, PARSED_DONE, PARSED_WRONG };

static enum parsed parse(struct arguments *out, int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 'n'},
        {"record", required_argument, NULL, 'r'},
        {"record-secrets", no_argument, NULL, 'S'},
        {"record-max", required_argument, NULL, 'M'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:nr:SM:Vh", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            out->config = optarg;
            break;
        case 'n':
            out->is_check = true;
            break;
        case 'r':
            out->record.path = optarg;
            break;
        case 'S':
            out->record.has_secrets = true;
            break;
        case 'M':
            if (!read_megabytes(&out->record.max_bytes, optarg)) return PARSED_WRONG;
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
    if (out->record.has_secrets && out->record.path == NULL) {
        fputs("mcvd: --record-secrets needs --record FILE\n", stderr);
        return PARSED_WRONG;
    }
    if (optind == argc && out->config != NULL) return PARSED_RUN;
    fputs("mcvd: --config FILE is needed, and nothing else; see mcvd --help\n", stderr);
    return PARSED_WRONG;
}

static int run(struct mcv_edge_config *config, const struct mcv_daemon_record *record)
{
    struct mcv_yaml_why why = {0};
    struct mcv_daemon *daemon;

    if (mcv_daemon_open(&daemon, config, record->path != NULL ? record : NULL, &why) != MCV_OK) {
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
    struct arguments arguments = {.record.max_bytes = MCV_RECORD_MAX_BYTES};
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
    if (mcv_aead_backend() == NULL) {
        fprintf(
            stderr,
            "mcvd: MCV_AEAD=%s: this program has no such library, or this CPU does not run it\n",
            getenv("MCV_AEAD"));
        return 1;
    }
    struct mcv_edge_config *config = read_config(arguments.config, &why);
    if (config == NULL) {
        fprintf(stderr, "mcvd: %s\n", why.text);
        return 1;
    }
    if (!arguments.is_check) return run(config, &arguments.record);
    printf("%s: good\n", arguments.config);
    mcv_edge_config_close(config);
    free(config);
    return 0;
}
