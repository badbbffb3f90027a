/* From a KMS through a bundle into a device store: TS 33.180 Annex D, E.2 and 5.2.3. */
#include "agent/cli/kms_gmk.h"
#include "agent/core/keyring.h"
#include "agent/store/store.h"
#include "crypto/rng_system.h"
#include "proto/schema/bundle.pb-c.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <string.h>

#define ALICE "sip:alice@example.org"
#define BOB   "sip:bob@example.org"
#define CAROL "sip:carol@example.org"
#define GMS   "sip:gms@example.org"
#define GROUP "sip:team1@example.org"
#define NOW_S 1767225600 /* 2026-01-01T00:00:00Z */
#define DAY_S 86400

struct fixture {
    struct mcv_tmpdir dir;
    struct mcv_kms kms;
    struct mcv_seal_secret secret;
    struct mcv_why why;
};

static struct mcv_seal_secret key_secret(uint8_t fill)
{
    struct mcv_seal_secret s = {.kind = MCV_SEAL_KEY_FILE, .n = MCV_SEAL_KEY_BYTES};

    memset(s.b, fill, s.n);
    return s;
}

static int setup(void **state)
{
    static struct fixture f;
    const struct mcv_kms_params params = {
        .uri = "kms.example.org", .gms_uri = GMS, .period = {.period_s = 30 * DAY_S}};
    const struct mcv_kms_validity always = {0};
    const char *const members[] = {ALICE, BOB};
    uint64_t period;

    f = (struct fixture){.secret = key_secret(7)};
    mcv_tmpdir_make(&f.dir);
    assert_int_equal(mcv_kms_create(&f.kms, mcv_tmpdir_file(&f.dir, "kms"), &f.secret, &params,
                                    &mcv_rng_system, &f.why),
                     MCV_OK);
    assert_int_equal(mcv_kms_period_no(&period, &f.kms, NOW_S, &f.why), MCV_OK);
    assert_int_equal(mcv_kms_issue(&f.kms, NULL, ALICE, period, &f.why), MCV_OK);
    assert_int_equal(mcv_kms_issue(&f.kms, NULL, ALICE, period + 1, &f.why), MCV_OK);
    assert_int_equal(mcv_kms_issue(&f.kms, NULL, BOB, period, &f.why), MCV_OK);
    assert_int_equal(mcv_kms_group_create(&f.kms, GROUP, "Team 1", &always, &f.why), MCV_OK);
    assert_int_equal(mcv_kms_group_add_users(&f.kms, GROUP, members, 2, &f.why), MCV_OK);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_kms_close(&f->kms);
    mcv_tmpdir_remove(&f->dir);
    return 0;
}

static const char *bundle(struct fixture *f, const char *name, const char *user, int64_t utc_s)
{
    struct mcv_kms_bundle_report report;
    const char *path = mcv_tmpdir_file(&f->dir, name);

    if (mcv_kms_bundle(&f->kms, &report, path, user, &f->secret, utc_s, &f->why) != MCV_OK)
        fail_msg("%s", f->why.text);
    return path;
}

static struct mcv_store *open_store(struct fixture *f, const char *name, const char *user,
                                    const char *gms)
{
    const struct mcv_store_options options = {.owner = {.user_uri = user, .gms_uri = gms},
                                              .rng = &mcv_rng_system};
    struct mcv_store *s;

    if (mcv_store_open(&s, mcv_tmpdir_file(&f->dir, name), &f->secret, &options, NOW_S, &f->why) !=
        MCV_OK)
        fail_msg("%s", f->why.text);
    return s;
}

static mcv_err import(struct fixture *f, struct mcv_store *s, const char *path,
                      struct mcv_store_report *report)
{
    return mcv_store_import(s, path, &f->secret, NOW_S, report, &f->why);
}

static void test_a_bundle_becomes_keys(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    struct mcv_store_report r;

    assert_int_equal(import(f, s, bundle(f, "a.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_int_equal(r.certs, 1);
    assert_int_equal(r.key_sets, 2);
    assert_int_equal(r.gmks, 1);
    mcv_store_close(s);

    s = open_store(f, "alice", ALICE, GMS); /* the same after a restart */
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    const struct mcv_keyring *ring = mcv_store_keyring(keys);
    const struct mcv_imsg_own *own;
    assert_int_equal(mcv_imsg_find_own(&own, &ring->trust, mcv_bytes_str(ALICE), NOW_S), MCV_OK);
    assert_true(mcv_bytes_equal(ring->home_kms_uri, mcv_bytes_str("kms.example.org")));
    const struct mcv_keyring_gmk *g = mcv_keyring_gmk_to_send(ring, mcv_bytes_str(GROUP),
                                                              NOW_S + 1);
    assert_non_null(g);
    uint32_t salt;
    assert_int_equal(mcv_user_salt(&salt, g->gmk, mcv_bytes_str(ALICE)), MCV_OK);
    assert_int_equal(g->guk_id, mcv_guk_id_of(g->gmk_id, salt));
    assert_int_equal(g->roc_every, 1); /* of the message, which leaves it to its type */
    assert_null(mcv_keyring_gmk_to_send(ring, mcv_bytes_str("sip:other@example.org"), NOW_S + 1));
    mcv_store_keys_release(keys);
    mcv_store_close(s);
}

/* The bundle at path, with the group key once more, by a message whose policy has no RCCm3. */
static void say_no_roc(struct fixture *f, const char *path)
{
    const Mcv__GroupKey *key = mcv_kms_group(&f->kms, GROUP)->keys[0];
    struct mcv_key_params params = {.type = MCV_KEY_GMK,
                                    .status = MCV_KEY_STATUS_VALID,
                                    .n_groups = 1,
                                    .groups = {mcv_bytes_str(GROUP)}};
    uint8_t octets[MCV_KMS_GMK_MAX_BYTES], packed[65536];
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);
    struct mcv_kms_gmk_sender sender = {0};
    struct mcv_ssv gmk;
    uint8_t *content;
    size_t n;

    assert_int_equal(mcv_kms_gmk_sender_begin(&sender, &f->kms, NOW_S), MCV_OK);
    const struct mcv_imsg_spec spec = {.type = MCV_KEY_GMK,
                                       .key_id = key->gmk_id,
                                       .rand = mcv_bytes_of(key->rand.data, key->rand.len),
                                       .utc_s = NOW_S,
                                       .from = &sender.own,
                                       .from_kms = &sender.home,
                                       .to = mcv_bytes_str(ALICE),
                                       .to_kms = &sender.home,
                                       .n_cs = 1,
                                       .cs_ids = {5},
                                       .profile = {.roc_rate = 0},
                                       .params = &params};
    memcpy(gmk.b, key->gmk.data, sizeof gmk.b);
    assert_int_equal(mcv_imsg_build(&w, NULL, &spec, &gmk, &mcv_rng_system), MCV_OK);
    mcv_kms_gmk_sender_wipe(&sender);

    assert_int_equal(mcv_sealed_read(&content, &n, path, MCV_SEALED_BUNDLE, &f->secret, &f->why),
                     MCV_OK);
    Mcv__Bundle *b = mcv__bundle__unpack(NULL, n, content);
    assert_int_equal(b->n_gmk_messages, 1);
    const ProtobufCBinaryData as_it_was = b->gmk_messages[0];
    b->gmk_messages[0] = (ProtobufCBinaryData){.len = w.n, .data = octets};
    n = mcv__bundle__pack(b, packed);
    b->gmk_messages[0] = as_it_was;
    mcv__bundle__free_unpacked(b, NULL);
    assert_int_equal(mcv_sealed_write(path, MCV_SEALED_BUNDLE, mcv_bytes_of(packed, n), &f->secret,
                                      &mcv_rng_system, &f->why),
                     MCV_OK);
}

/* Spec: TS 33.180 E.2: the default profile of a GMK has RCCm3; a policy may be without. */
static void test_a_policy_without_roc_is_kept(void **state)
{
    struct fixture *f = *state;
    const char *path = bundle(f, "a.bundle", ALICE, NOW_S - 100);
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    struct mcv_store_report r;

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(import(f, s, path, &r), MCV_OK);
        assert_int_equal(r.gmks, 1);
        mcv_store_close(s);
        s = open_store(f, "alice", ALICE, GMS);
        const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
        const struct mcv_keyring *ring = mcv_store_keyring(keys);
        assert_int_equal(ring->n_gmks, 1);
        assert_int_equal(mcv_keyring_roc_every(&ring->gmks[0]), i == 0 ? 1 : 0);
        mcv_store_keys_release(keys);
        say_no_roc(f, path);
    }
    mcv_store_close(s);
}

static void test_an_older_message_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    const char *first = bundle(f, "first.bundle", ALICE, NOW_S - 100);
    struct mcv_store_report r;

    assert_int_equal(import(f, s, bundle(f, "second.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_int_equal(import(f, s, first, &r), MCV_OK);
    assert_int_equal(r.gmks, 0);
    assert_int_equal(r.gmks_older, 1);
    mcv_store_close(s);
}

static void test_a_revoked_key_goes_and_stays_away(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    const char *before = bundle(f, "before.bundle", ALICE, NOW_S);
    struct mcv_store_report r;

    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_int_equal(mcv_kms_group_revoke(&f->kms, GROUP, MCV_NO_KEY_ID, &f->why), MCV_OK);
    assert_int_equal(import(f, s, bundle(f, "revoked.bundle", ALICE, NOW_S + 10), &r), MCV_OK);
    assert_int_equal(r.gmks_revoked, 1);
    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_int_equal(r.gmks_older, 1);
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    assert_true(mcv_store_gmk_at(keys, 0).is_revoked);
    assert_null(mcv_store_keyring(keys)->gmks[0].gmk);
    assert_null(mcv_keyring_gmk_to_send(mcv_store_keyring(keys), mcv_bytes_str(GROUP), NOW_S + 20));
    mcv_store_keys_release(keys);
    mcv_store_close(s);
}

/* T has seconds; what the group manager sends within one may be a key and its end. */
static void test_a_revocation_of_the_same_second_counts(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    const char *before = bundle(f, "before.bundle", ALICE, NOW_S);
    struct mcv_store_report r;

    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_int_equal(mcv_kms_group_revoke(&f->kms, GROUP, MCV_NO_KEY_ID, &f->why), MCV_OK);
    assert_int_equal(import(f, s, bundle(f, "revoked.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_int_equal(r.gmks_revoked, 1);
    assert_int_equal(r.gmks_older, 0);
    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_int_equal(r.gmks_older, 1);
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    assert_true(mcv_store_gmk_at(keys, 0).is_revoked);
    assert_null(mcv_store_keyring(keys)->gmks[0].gmk);
    mcv_store_keys_release(keys);
    mcv_store_close(s);
}

#define OTHER_KMS "other.example.org"

static void make_other_kms(struct fixture *f)
{
    const struct mcv_kms_params params = {.uri = OTHER_KMS, .period = {.period_s = 30 * DAY_S}};
    struct mcv_kms other;

    assert_int_equal(mcv_kms_create(&other, mcv_tmpdir_file(&f->dir, "other"), &f->secret, &params,
                                    &mcv_rng_system, &f->why),
                     MCV_OK);
    assert_int_equal(mcv_kms_cert_export(&other, mcv_tmpdir_file(&f->dir, "other.xml"), &f->why),
                     MCV_OK);
    mcv_kms_close(&other);
}

static void trust_other_kms(struct fixture *f)
{
    assert_int_equal(
        mcv_kms_cert_trust(&f->kms, NULL, mcv_tmpdir_file(&f->dir, "other.xml"), NOW_S, &f->why),
        MCV_OK);
}

static bool other_kms_is_revoked(struct mcv_store *s)
{
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    const struct mcv_imsg_kms *other = mcv_imsg_find_kms(&mcv_store_keyring(keys)->trust,
                                                         mcv_bytes_str(OTHER_KMS));

    assert_non_null(other);
    const bool is_revoked = other->is_revoked;
    mcv_store_keys_release(keys);
    return is_revoked;
}

/* Spec: TS 33.180 D.2: CacheNum. An old bundle does not bring a revoked KMS back, a newer one does. */
static void test_a_revoked_kms_stays_away(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    struct mcv_store_report r;

    make_other_kms(f);
    trust_other_kms(f);
    const char *before = bundle(f, "before.bundle", ALICE, NOW_S);
    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_false(other_kms_is_revoked(s));
    assert_int_equal(mcv_kms_cert_revoke(&f->kms, OTHER_KMS, &f->why), MCV_OK);
    assert_int_equal(import(f, s, bundle(f, "revoked.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_true(other_kms_is_revoked(s));
    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_true(other_kms_is_revoked(s));
    mcv_store_close(s);
    s = open_store(f, "alice", ALICE, GMS);
    assert_int_equal(import(f, s, before, &r), MCV_OK);
    assert_true(other_kms_is_revoked(s));
    trust_other_kms(f);
    assert_int_equal(import(f, s, bundle(f, "again.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_false(other_kms_is_revoked(s));
    mcv_store_close(s);
}

static mcv_err revoke(struct fixture *f, struct mcv_store *s, uint32_t gmk_id,
                      struct mcv_store_report *r)
{
    struct mcv_store_import *im;

    assert_int_equal(mcv_store_revoke_begin(&im, s, gmk_id, NOW_S), MCV_OK);
    mcv_store_import_run(im);
    return mcv_store_import_end(im, r, &f->why);
}

/* By hand: before a message of the group manager comes, or where none can come. */
static void test_a_key_is_revoked_by_hand(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    const char *path = bundle(f, "a.bundle", ALICE, NOW_S);
    struct mcv_store_report r;

    assert_int_equal(import(f, s, path, &r), MCV_OK);
    const struct mcv_store_keys *old = mcv_store_keys_hold(s);
    const uint32_t gmk_id = mcv_store_gmk_at(old, 0).gmk_id;
    assert_int_equal(revoke(f, s, gmk_id ^ 1, &r), MCV_E_NOT_FOUND);
    assert_int_equal(revoke(f, s, gmk_id, &r), MCV_OK);
    assert_int_equal(r.gmks_revoked, 1);
    assert_non_null(mcv_store_keyring(old)->gmks[0].gmk); /* a job may still hold the old set */
    mcv_store_keys_release(old);
    mcv_store_close(s);
    s = open_store(f, "alice", ALICE, GMS); /* it is on disk */
    assert_int_equal(import(f, s, path, &r), MCV_OK);
    assert_int_equal(r.gmks_older, 1); /* and does not come back */
    assert_int_equal(revoke(f, s, gmk_id, &r), MCV_OK);
    assert_int_equal(r.gmks_revoked, 0); /* once is enough */
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    assert_true(mcv_store_gmk_at(keys, 0).is_revoked);
    assert_null(mcv_store_keyring(keys)->gmks[0].gmk);
    assert_true(mcv_store_n_key_sets(keys) > 0);
    mcv_store_keys_release(keys);
    mcv_store_close(s);
}

static void test_what_is_refused_changes_nothing(void **state)
{
    static const struct {
        const char *why, *owner, *gms;
        mcv_err want;
    } rows[] = {
        {"a bundle for another user", BOB, GMS, MCV_E_NOT_FOR_US},
        {"signed by another group manager", ALICE, "sip:other-gms@example.org", MCV_E_POLICY},
        {"no group manager is configured", ALICE, NULL, MCV_E_POLICY},
    };
    struct fixture *f = *state;
    const char *path = bundle(f, "a.bundle", ALICE, NOW_S);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_store *s = open_store(f, "device", rows[i].owner, rows[i].gms);
        const mcv_err err = import(f, s, path, NULL);
        const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
        if (err != rows[i].want) fail_msg("%s: %s", rows[i].why, f->why.text);
        assert_int_equal(mcv_store_n_key_sets(keys), 0);
        assert_int_equal(mcv_store_n_gmks(keys), 0);
        mcv_store_keys_release(keys);
        mcv_store_close(s);
    }
}

static void test_zeroize_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);

    assert_int_equal(import(f, s, bundle(f, "a.bundle", ALICE, NOW_S), NULL), MCV_OK);
    const struct mcv_store_keys *held = mcv_store_keys_hold(s);
    assert_int_equal(mcv_store_zeroize(s, &f->why), MCV_OK);
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    assert_int_equal(mcv_store_keyring(keys)->n_gmks, 0);
    assert_int_equal(mcv_store_keyring(keys)->trust.n_own, 0);
    assert_int_equal(mcv_store_keyring(held)->n_gmks, 1); /* a job under way still has its keys */
    mcv_store_keys_release(held);
    mcv_store_keys_release(keys);
    mcv_store_close(s);
    s = open_store(f, "alice", ALICE, GMS);
    keys = mcv_store_keys_hold(s);
    assert_int_equal(mcv_store_n_certs(keys), 0);
    mcv_store_keys_release(keys);
    mcv_store_close(s);
}

/* Spec: TS 24.481 7.2: a group document makes a group, its members and what devices are told. */
static void test_a_group_document_reaches_the_device(void **state)
{
    static const char xml[] =
        "<group xmlns=\"urn:oma:xml:poc:list-service\" "
        "xmlns:i=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"sip:doc@example.org\">"
        "<list><entry uri=\"" ALICE "\"/><entry uri=\"sip:zed@example.org\"/></list>"
        "<i:off-network-IP-multicast-address>239.20.1.9</i:off-network-IP-multicast-address>"
        "</list-service></group>";
    const struct mcv_kms_validity always = {0};
    struct fixture *f = *state;
    struct mcv_kms_document_report d;
    struct mcv_store_report r;
    const char *path = mcv_tmpdir_file(&f->dir, "group.xml");

    mcv_tmpfile_write(path, xml, strlen(xml), 0644);
    for (unsigned i = 0; i < 2; i++) { /* the second time it changes nothing */
        assert_int_equal(mcv_kms_group_document(&f->kms, &d, path, &always, &f->why), MCV_OK);
        assert_string_equal(d.group, "sip:doc@example.org");
        assert_int_equal(d.is_new, i == 0);
        assert_int_equal(d.n_members, 1);
        assert_int_equal(d.n_unknown, 1);
    }
    struct mcv_store *s = open_store(f, "alice", ALICE, GMS);
    assert_int_equal(import(f, s, bundle(f, "a.bundle", ALICE, NOW_S), &r), MCV_OK);
    assert_int_equal(r.documents, 1);
    assert_int_equal(r.gmks, 2);
    const struct mcv_store_keys *keys = mcv_store_keys_hold(s);
    assert_int_equal(mcv_store_n_documents(keys), 1);
    assert_true(mcv_bytes_equal(mcv_store_document_at(keys, 0), mcv_bytes_str(xml)));
    mcv_store_keys_release(keys);
    mcv_store_close(s);

    mcv_tmpfile_write(path, "<group/>", 8, 0644);
    assert_int_equal(mcv_kms_group_document(&f->kms, &d, path, &always, &f->why),
                     MCV_E_UNSUPPORTED);
}

#define DOCUMENT(entries)                                                                          \
    "<group xmlns=\"urn:oma:xml:poc:list-service\" "                                               \
    "xmlns:i=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"" GROUP "\"><list>" entries    \
    "</list><i:off-network-IP-multicast-address>239.20.1.9</i:off-network-IP-multicast-address>"   \
    "</list-service></group>"

/* A document that fails in its list changes nothing: no group, no member, no document. */
static void test_a_group_document_is_taken_whole(void **state)
{
    static const char bad[] = DOCUMENT("<entry uri=\"" CAROL "\"/><entry/>"),
                      good[] = DOCUMENT("<entry uri=\"" ALICE "\"/><entry uri=\"" CAROL
                                        "\"/><entry uri=\"" CAROL "\"/>");
    const struct mcv_kms_validity always = {0};
    struct fixture *f = *state;
    struct mcv_kms_document_report d;
    const char *path = mcv_tmpdir_file(&f->dir, "group.xml");
    uint64_t period;

    assert_int_equal(mcv_kms_period_no(&period, &f->kms, NOW_S, &f->why), MCV_OK);
    assert_int_equal(mcv_kms_issue(&f->kms, NULL, CAROL, period, &f->why), MCV_OK);
    const Mcv__Group *g = mcv_kms_group(&f->kms, GROUP);
    mcv_tmpfile_write(path, bad, strlen(bad), 0644);
    assert_int_equal(mcv_kms_group_document(&f->kms, &d, path, &always, &f->why), MCV_E_MALFORMED);
    assert_int_equal(g->n_members, 2);
    assert_int_equal(g->document.len, 0);
    mcv_tmpfile_write(path, good, strlen(good), 0644);
    assert_int_equal(mcv_kms_group_document(&f->kms, &d, path, &always, &f->why), MCV_OK);
    assert_int_equal(g->n_members, 3);
    assert_string_equal(g->members[2], CAROL);
    assert_int_equal(g->document.len, strlen(good));

    f->kms.file->n_groups = 0; /* and where it would make the group */
    mcv_tmpfile_write(path, bad, strlen(bad), 0644);
    assert_int_equal(mcv_kms_group_document(&f->kms, &d, path, &always, &f->why), MCV_E_MALFORMED);
    assert_null(mcv_kms_group(&f->kms, GROUP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_bundle_becomes_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_policy_without_roc_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_older_message_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_revoked_key_goes_and_stays_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_revocation_of_the_same_second_counts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_revoked_kms_stays_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_key_is_revoked_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zeroize_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_group_document_reaches_the_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_group_document_is_taken_whole, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
