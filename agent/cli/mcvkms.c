/* mcvkms: an offline key management server and group manager. */
#include "agent/cli/mcvkms.h"

#include "agent/store/harden.h"
#include "crypto/rng_system.h"
#include "crypto/sakke.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_PERIOD_S (30u * 86400u)

static const char usage[] =
    "usage: mcvkms --dir DIR (--passphrase-file FILE | --key-file FILE) COMMAND [ARGUMENTS]\n"
    "Offline key management server and group manager for MCVideo direct mode.\n"
    "\n"
    "  init --kms URI [--gms URI] [--period DAYS] [--offset SECONDS]\n"
    "                              make a KMS with fresh master keys\n"
    "  issue USER... [--ahead N]   key sets for the previous, the current and the next N periods\n"
    "                              (N is 1 unless given)\n"
    "  group create GROUP [--name TEXT] [--activation TIME] [--expiry TIME]\n"
    "  group add GROUP USER...     members; they get the group's keys with their next bundle\n"
    "  group add --document FILE   a group, its settings and members from a TS 24.481 document\n"
    "  group remove GROUP USER...  they keep the keys that they have: roll the group over\n"
    "  group roll GROUP [--activation TIME] [--expiry TIME]\n"
    "                              a further group key, in use from now or that time on\n"
    "  group revoke GROUP [--gmk-id HEX]                        all keys, or one\n"
    "  group messages GROUP --out FILE [--gmk-id HEX]\n"
    "                              the group's keys for each member, now: a line is user, GMK-ID "
    "and\n"
    "                              the I_MESSAGE in base64; what is in their next bundles too\n"
    "  cert export FILE            our certificate, for KMSs of other domains\n"
    "  cert trust FILE             take another KMS's certificate, for our users\n"
    "  cert revoke KMS-URI\n"
    "  bundle USER --out FILE (--device-passphrase-file FILE | --device-key-file FILE)\n"
    "                              everything for the user's device, sealed\n"
    "  show [--json]               users, groups and certificates, no secrets\n"
    "  export --reveal-secrets [--out FILE [--append]]\n"
    "                              all keys in clear, as JSON, for verification tools\n"
    "\n"
    "  -d, --dir DIR               where the KMS is\n"
    "  -p, --passphrase-file FILE  its passphrase: the first line, 8 octets or more, mode 0600\n"
    "  -k, --key-file FILE         or its key: 32 octets, mode 0600\n"
    "  -V, --version    -h, --help\n"
    "\n"
    "TIME is YYYY-MM-DD or YYYY-MM-DDThh:mm:ss, UTC, or +DAYS from now.\n"
    "Exit status: 0 done, 1 refused or failed (one line on standard error), 2 wrong command "
    "line.\n";

enum option_code {
    OPT_KMS = 256,
    OPT_GMS,
    OPT_PERIOD,
    OPT_OFFSET,
    OPT_AHEAD,
    OPT_NAME,
    OPT_ACTIVATION,
    OPT_EXPIRY,
    OPT_GMK_ID,
    OPT_OUT,
    OPT_DEVICE_PASSPHRASE,
    OPT_DEVICE_KEY,
    OPT_JSON,
    OPT_REVEAL,
    OPT_APPEND,
    OPT_DOCUMENT,
};

static const struct option options[] = {
    {"dir", required_argument, NULL, 'd'},
    {"passphrase-file", required_argument, NULL, 'p'},
    {"key-file", required_argument, NULL, 'k'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {"kms", required_argument, NULL, OPT_KMS},
    {"gms", required_argument, NULL, OPT_GMS},
    {"period", required_argument, NULL, OPT_PERIOD},
    {"offset", required_argument, NULL, OPT_OFFSET},
    {"ahead", required_argument, NULL, OPT_AHEAD},
    {"name", required_argument, NULL, OPT_NAME},
    {"activation", required_argument, NULL, OPT_ACTIVATION},
    {"expiry", required_argument, NULL, OPT_EXPIRY},
    {"gmk-id", required_argument, NULL, OPT_GMK_ID},
    {"document", required_argument, NULL, OPT_DOCUMENT},
    {"out", required_argument, NULL, OPT_OUT},
    {"device-passphrase-file", required_argument, NULL, OPT_DEVICE_PASSPHRASE},
    {"device-key-file", required_argument, NULL, OPT_DEVICE_KEY},
    {"json", no_argument, NULL, OPT_JSON},
    {"reveal-secrets", no_argument, NULL, OPT_REVEAL},
    {"append", no_argument, NULL, OPT_APPEND},
    {NULL, 0, NULL, 0},
};

static bool parse_number(uint64_t *out, const char *text, int base, uint64_t max)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, base);
    return errno == 0 && *text != '-' && end != text && *end == '\0' && *out <= max;
}

/* "2026-01-31", "2026-01-31T12:00:00" or "+30": days from now. */
static bool parse_time(int64_t *out, const char *text)
{
    struct tm tm = {0};
    uint64_t days;

    if (*text == '+') {
        if (!parse_number(&days, text + 1, 10, 36500)) return false;
        *out = time(NULL) + (int64_t)days * 86400;
        return true;
    }
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end != NULL && *end == 'T') end = strptime(end, "T%H:%M:%S", &tm);
    if (end == NULL || *end != '\0') return false;
    *out = timegm(&tm);
    return *out > 0;
}

static bool take_number(struct mcvkms_args *a, int code, const char *text)
{
    uint64_t v;

    if (!parse_number(&v, text, code == OPT_GMK_ID ? 16 : 10, UINT32_MAX)) return false;
    switch (code) {
    case OPT_PERIOD:
        a->period_s = v * 86400u;
        return v > 0;
    case OPT_OFFSET:
        a->offset_s = v;
        return true;
    case OPT_AHEAD:
        a->ahead = (unsigned)v;
        return v <= 24;
    default:
        a->gmk_id = (uint32_t)v;
        return true;
    }
}

static bool take_option(struct mcvkms_args *a, int code, const char *text)
{
    switch (code) {
    case 'd':
        a->dir = text;
        return true;
    case 'p':
        a->passphrase_file = text;
        return true;
    case 'k':
        a->key_file = text;
        return true;
    case OPT_KMS:
        a->kms_uri = text;
        return true;
    case OPT_GMS:
        a->gms_uri = text;
        return true;
    case OPT_NAME:
        a->name = text;
        return true;
    case OPT_DOCUMENT:
        a->document = text;
        return true;
    case OPT_OUT:
        a->out = text;
        return true;
    case OPT_DEVICE_PASSPHRASE:
        a->device_passphrase_file = text;
        return true;
    case OPT_DEVICE_KEY:
        a->device_key_file = text;
        return true;
    case OPT_JSON:
        a->is_json = true;
        return true;
    case OPT_REVEAL:
        a->is_reveal = true;
        return true;
    case OPT_APPEND:
        a->is_append = true;
        return true;
    case OPT_ACTIVATION:
        return parse_time(&a->validity.activation_s, text);
    case OPT_EXPIRY:
        return parse_time(&a->validity.expiry_s, text);
    default:
        return take_number(a, code, text);
    }
}

/* 0: go on; otherwise the exit status plus one. */
static int parse(struct mcvkms_args *a, int argc, char **argv)
{
    int code, at = 0;

    *a = (struct mcvkms_args){.period_s = DEFAULT_PERIOD_S, .ahead = 1, .gmk_id = MCV_NO_KEY_ID};
    while ((code = getopt_long(argc, argv, "d:p:k:Vh", options, &at)) != -1) {
        if (code == 'h') return fputs(usage, stdout) < 0 ? 2 : 1;
        if (code == 'V') return printf("mcvkms %s\n", MCV_VERSION) < 0 ? 2 : 1;
        if (code == '?') return 3;
        if (!take_option(a, code, optarg)) {
            fprintf(stderr, "mcvkms: --%s %s: not usable; see mcvkms --help\n", options[at].name,
                    optarg);
            return 3;
        }
    }
    a->operands = argv + optind;
    a->n_operands = argc - optind;
    if (a->dir != NULL && a->n_operands > 0) return 0;
    fputs("mcvkms: --dir DIR and a command are needed; see mcvkms --help\n", stderr);
    return 3;
}

mcv_err mcvkms_secret(struct mcv_seal_secret *secret, const char *passphrase_file,
                      const char *key_file, const char *what, struct mcv_why *why)
{
    if ((passphrase_file == NULL) == (key_file == NULL))
        return mcv_why_set(why, MCV_E_CONFIG, "give one of --%spassphrase-file and --%skey-file",
                           what, what);
    return key_file != NULL
               ? mcv_seal_secret_load(secret, MCV_SEAL_KEY_FILE, key_file, why)
               : mcv_seal_secret_load(secret, MCV_SEAL_PASSPHRASE, passphrase_file, why);
}

static mcv_err init(const struct mcvkms_args *a, const struct mcv_seal_secret *secret,
                    struct mcv_why *why)
{
    const struct mcv_kms_params params = {
        .uri = a->kms_uri,
        .gms_uri = a->gms_uri,
        .period = {.period_s = a->period_s, .offset_s = a->offset_s}};
    struct mcv_kms kms = {0};

    if (a->kms_uri == NULL) return mcv_why_set(why, MCV_E_CONFIG, "init: --kms URI is needed");
    const mcv_err err = mcv_kms_create(&kms, a->dir, secret, &params, &mcv_rng_system, why);
    if (err == MCV_OK) mcv_kms_close(&kms);
    return err;
}

static mcv_err run_command(struct mcvkms_args *a, const struct mcvkms_command *c,
                           const struct mcv_seal_secret *secret, struct mcv_why *why)
{
    struct mcv_kms kms = {0};

    mcv_err err = mcv_kms_open(&kms, a->dir, secret, &mcv_rng_system, why);
    if (err != MCV_OK) return err;
    err = c->run(&kms, a, why);
    if (err == MCV_OK && c->is_change) err = mcv_kms_save(&kms, why);
    mcv_kms_close(&kms);
    return err;
}

/* NULL for init. Takes the words of the command off the operands; false: no such command. */
static bool choose(struct mcvkms_args *a, const struct mcvkms_command **command)
{
    const char *first = a->operands[0];
    const bool is_init = strcmp(first, "init") == 0;

    *command = is_init ? NULL : mcvkms_find(first, a->n_operands > 1 ? a->operands[1] : "");
    const int words = !is_init && *command != NULL && strchr((*command)->name, ' ') != NULL ? 2 : 1;
    a->operands += words;
    a->n_operands -= words;
    if (is_init) return a->n_operands == 0;
    return *command != NULL && a->n_operands >= (*command)->min_operands &&
           a->n_operands <= (*command)->max_operands;
}

int main(int argc, char **argv)
{
    const struct mcvkms_command *command;
    struct mcv_seal_secret secret = {0};
    struct mcv_why why = {0};
    struct mcvkms_args a;

    const int stop = parse(&a, argc, argv);
    if (stop != 0) return stop - 1;
    if (!choose(&a, &command)) {
        fputs("mcvkms: no such command, or not with these arguments; see mcvkms --help\n", stderr);
        return 2;
    }
    const char *fault = mcv_sakke_backend_fault();
    mcv_err err = mcv_harden_process(&why);
    if (err == MCV_OK && fault != NULL)
        err = mcv_why_set(&why, MCV_E_CONFIG, "MCV_FP=%s: %s", getenv("MCV_FP"), fault);
    if (err == MCV_OK) err = mcvkms_secret(&secret, a.passphrase_file, a.key_file, "", &why);
    if (err == MCV_OK)
        err = command == NULL ? init(&a, &secret, &why) : run_command(&a, command, &secret, &why);
    mcv_seal_secret_wipe(&secret);
    if (err == MCV_OK) return 0;
    fprintf(stderr, "mcvkms: %s\n", why.text[0] != '\0' ? why.text : mcv_err_text(err));
    return 1;
}
