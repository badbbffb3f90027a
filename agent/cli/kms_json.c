/* What a KMS knows, as JSON: with secrets for verification tools, and without for people. */
#include "agent/cli/mcvkms.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *hex_of(const ProtobufCBinaryData *b)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * b->len + 1);

    if (text == NULL) return NULL;
    for (size_t i = 0; i < b->len; i++) {
        text[2 * i] = digits[b->data[i] >> 4];
        text[2 * i + 1] = digits[b->data[i] & 15];
    }
    json_t *value = json_stringn(text, 2 * b->len);
    mcv_wipe(text, 2 * b->len);
    free(text);
    return value;
}

static json_t *key_id_of(uint32_t id)
{
    char text[9];

    snprintf(text, sizeof text, "%08" PRIx32, id);
    return json_string(text);
}

static json_t *export_kms(const Mcv__KmsFile *f)
{
    return json_pack("{s:s, s:o, s:o, s:I, s:I}", "uri", f->uri, "kpak", hex_of(&f->kpak), "z",
                     hex_of(&f->z), "key_period", (json_int_t)f->period_s, "key_period_offset",
                     (json_int_t)f->offset_s);
}

static json_t *export_user(const Mcv__KmsFile *f, const Mcv__IssuedKeySet *k)
{
    return json_pack("{s:s, s:s, s:o, s:I, s:o, s:o, s:o}", "uri", k->user_uri, "kms_uri", f->uri,
                     "uid", hex_of(&k->uid), "key_period_no", (json_int_t)k->period_no, "ssk",
                     hex_of(&k->ssk), "pvt", hex_of(&k->pvt), "rsk", hex_of(&k->rsk));
}

static json_t *export_gmk(const Mcv__Group *g, const Mcv__GroupKey *k)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "group_id", g->group_uri, "gmk", hex_of(&k->gmk),
                     "gmk_id", key_id_of(k->gmk_id), "rand", hex_of(&k->rand));
}

static bool add(json_t *root, const char *list, json_t *item)
{
    return item != NULL && json_array_append_new(json_object_get(root, list), item) == 0;
}

static bool fill_export(json_t *root, const Mcv__KmsFile *f)
{
    bool ok = add(root, "kms", export_kms(f));

    for (size_t i = 0; ok && i < f->n_key_sets; i++)
        ok = add(root, "users", export_user(f, f->key_sets[i]));
    for (size_t i = 0; ok && i < f->n_groups; i++)
        for (size_t k = 0; ok && k < f->groups[i]->n_keys; k++)
            ok = add(root, "groups", export_gmk(f->groups[i], f->groups[i]->keys[k]));
    return ok;
}

static json_t *start_export(const char *out, bool append, struct mcv_why *why)
{
    json_error_t error;
    json_t *root = append && out != NULL ? json_load_file(out, 0, &error) : NULL;

    if (append && root == NULL) {
        (void)mcv_why_set(why, MCV_E_IO, "%s: cannot be added to: %s", out, error.text);
        return NULL;
    }
    if (root == NULL) root = json_pack("{s:[], s:[], s:[]}", "kms", "users", "groups");
    if (json_is_array(json_object_get(root, "kms")) &&
        json_is_array(json_object_get(root, "users")) &&
        json_is_array(json_object_get(root, "groups")))
        return root;
    (void)mcv_why_set(why, MCV_E_MALFORMED, "%s: not an export of mcvkms", out);
    json_decref(root);
    return NULL;
}

static mcv_err write_export(const json_t *root, const char *out, struct mcv_why *why)
{
    char *text = json_dumps(root, JSON_INDENT(1));

    if (text == NULL) return mcv_why_set(why, MCV_E_IO, "no memory");
    mcv_err err = MCV_OK;
    if (out == NULL)
        err = puts(text) < 0 ? mcv_why_set(why, MCV_E_IO, "standard output: not written") : MCV_OK;
    else
        err = mcv_file_replace(out, mcv_bytes_str(text), MCV_FILE_PRIVATE, why);
    mcv_wipe(text, strlen(text));
    free(text);
    return err;
}

mcv_err mcvkms_export(const struct mcv_kms *kms, const char *out, bool append, struct mcv_why *why)
{
    if (append && out == NULL) return mcv_why_set(why, MCV_E_CONFIG, "--append needs --out FILE");
    json_t *root = start_export(out, append, why);
    if (root == NULL) return MCV_E_IO;
    const mcv_err err = fill_export(root, kms->file) ? write_export(root, out, why)
                                                     : mcv_why_set(why, MCV_E_IO, "no memory");
    json_decref(root);
    return err;
}

/* ---- without secrets ----------------------------------------------------------------------- */

static json_t *show_group(const Mcv__Group *g)
{
    json_t *members = json_array(), *keys = json_array();

    for (size_t i = 0; i < g->n_members; i++)
        json_array_append_new(members, json_string(g->members[i]));
    for (size_t i = 0; i < g->n_keys; i++) {
        const Mcv__GroupKey *k = g->keys[i];
        json_array_append_new(keys,
                              json_pack("{s:o, s:I, s:I, s:b}", "gmk_id", key_id_of(k->gmk_id),
                                        "activation_s", (json_int_t)k->activation_s, "expiry_s",
                                        (json_int_t)k->expiry_s, "revoked", (int)k->revoked));
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "group_id", g->group_uri, "name", g->name, "members",
                     members, "keys", keys);
}

static json_t *show_all(const Mcv__KmsFile *f)
{
    json_t *users = json_array(), *groups = json_array(), *trusted = json_array();

    for (size_t i = 0; i < f->n_key_sets; i++)
        json_array_append_new(users,
                              json_pack("{s:s, s:I}", "uri", f->key_sets[i]->user_uri,
                                        "key_period_no", (json_int_t)f->key_sets[i]->period_no));
    for (size_t i = 0; i < f->n_groups; i++)
        json_array_append_new(groups, show_group(f->groups[i]));
    for (size_t i = 0; i < f->n_trusted; i++)
        json_array_append_new(trusted, json_pack("{s:s, s:b}", "kms_uri", f->trusted[i]->kms_uri,
                                                 "revoked", (int)f->trusted[i]->revoked));
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "kms_uri", f->uri, "gms_uri",
                     f->gms_uri, "key_period", (json_int_t)f->period_s, "key_period_offset",
                     (json_int_t)f->offset_s, "users", users, "groups", groups, "trusted", trusted);
}

static void print_group(const Mcv__Group *g)
{
    printf("group %s \"%s\"\n", g->group_uri, g->name);
    for (size_t i = 0; i < g->n_keys; i++)
        printf("  key %08" PRIx32 "%s\n", g->keys[i]->gmk_id,
               g->keys[i]->revoked ? " revoked" : "");
    for (size_t i = 0; i < g->n_members; i++) printf("  member %s\n", g->members[i]);
}

static void print_all(const Mcv__KmsFile *f)
{
    printf("KMS %s, key period %" PRIu64 " s, offset %" PRIu64 " s\n", f->uri, f->period_s,
           f->offset_s);
    if (f->gms_uri[0] != '\0') printf("group manager %s\n", f->gms_uri);
    for (size_t i = 0; i < f->n_key_sets; i++)
        printf("user %s period %" PRIu64 "\n", f->key_sets[i]->user_uri, f->key_sets[i]->period_no);
    for (size_t i = 0; i < f->n_groups; i++) print_group(f->groups[i]);
    for (size_t i = 0; i < f->n_trusted; i++)
        printf("trusts %s%s\n", f->trusted[i]->kms_uri, f->trusted[i]->revoked ? " (revoked)" : "");
}

mcv_err mcvkms_show(const struct mcv_kms *kms, bool is_json, struct mcv_why *why)
{
    if (!is_json) {
        print_all(kms->file);
        return MCV_OK;
    }
    json_t *root = show_all(kms->file);
    if (root == NULL) return mcv_why_set(why, MCV_E_IO, "no memory");
    json_dumpf(root, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(root);
    return MCV_OK;
}
