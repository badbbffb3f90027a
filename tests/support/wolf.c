#include "tests/support/wolf.h"

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/eccsi.h>
#include <wolfssl/wolfcrypt/sakke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH WC_HASH_TYPE_SHA256

struct wolf {
    WC_RNG rng;
    SakkeKey kms, sender, receiver;
    EccsiKey signer, verifier;
    ecc_point *rsk, *pvt;
    mp_int ssk;
    uint8_t hs[WC_MAX_DIGEST_SIZE];
    uint8_t hs_bytes;
};

static void check(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "wolfSSL: %s\n", what);
    exit(1);
}

/* wolfSSL takes const inputs as plain pointers here and there. */
static void open_sakke(SakkeKey *key, const struct mcv_sakke_z *z)
{
    check(wc_InitSakkeKey_ex(key, 128, ECC_SAKKE_1, NULL, INVALID_DEVID) == 0, "init SAKKE");
    check(wc_ImportSakkePublicKey(key, z->b + 1, 256, 1) == 0, "Z");
}

static void open_eccsi(EccsiKey *key, const struct mcv_kpak *kpak)
{
    check(wc_InitEccsiKey(key, NULL, INVALID_DEVID) == 0, "init ECCSI");
    check(wc_ImportEccsiPublicKey(key, kpak->b + 1, 64, 1) == 0, "KPAK");
}

struct wolf *wolf_open(const struct mcv_sakke_z *z, const struct mcv_z_secret *z_secret,
                       const struct mcv_kpak *kpak)
{
    struct wolf *w = calloc(1, sizeof *w);

    check(w != NULL && wc_InitRng(&w->rng) == 0, "random numbers");
    open_sakke(&w->kms, z);
    check(wc_ImportSakkePrivateKey(&w->kms, z_secret->b, sizeof z_secret->b) == 0, "z_T");
    open_sakke(&w->sender, z);
    open_sakke(&w->receiver, z);
    open_eccsi(&w->signer, kpak);
    open_eccsi(&w->verifier, kpak);
    w->rsk = wc_ecc_new_point();
    w->pvt = wc_ecc_new_point();
    check(w->rsk != NULL && w->pvt != NULL && mp_init(&w->ssk) == 0, "memory");
    return w;
}

void wolf_close(struct wolf *w)
{
    if (w == NULL) return;
    wc_ecc_del_point(w->rsk);
    wc_ecc_del_point(w->pvt);
    wc_FreeEccsiKey(&w->verifier);
    wc_FreeEccsiKey(&w->signer);
    wc_FreeSakkeKey(&w->receiver);
    wc_FreeSakkeKey(&w->sender);
    wc_FreeSakkeKey(&w->kms);
    wc_FreeRng(&w->rng);
    free(w);
}

void wolf_sakke_issue(struct wolf *w, struct mcv_rsk *rsk, struct mcv_bytes id)
{
    word32 n = sizeof rsk->b;

    check(wc_MakeSakkeRsk(&w->kms, id.p, (word16)id.n, w->rsk) == 0, "RSK");
    check(wc_EncodeSakkeRsk(&w->kms, w->rsk, rsk->b, &n, 0) == 0 && n == sizeof rsk->b, "RSK");
}

void wolf_sakke_install(struct wolf *w, struct mcv_bytes id, const struct mcv_rsk *rsk)
{
    int is_valid = 0;

    check(wc_DecodeSakkeRsk(&w->receiver, rsk->b, sizeof rsk->b, w->rsk) == 0, "RSK");
    check(wc_ValidateSakkeRsk(&w->receiver, id.p, (word16)id.n, w->rsk, &is_valid) == 0 && is_valid,
          "RSK of another identity");
    check(wc_SetSakkeRsk(&w->receiver, w->rsk, NULL, 0) == 0, "RSK");
    check(wc_MakeSakkePointI(&w->receiver, id.p, (word16)id.n) == 0, "[id]P + Z");
    check(wc_SetSakkeIdentity(&w->receiver, id.p, (word16)id.n) == 0, "identity");
}

void wolf_sakke_know(struct wolf *w, struct mcv_bytes id)
{
    check(wc_MakeSakkePointI(&w->sender, id.p, (word16)id.n) == 0, "[id]P + Z");
}

void wolf_sakke_encapsulate(struct wolf *w, struct mcv_sed *sed, struct mcv_bytes id,
                            const struct mcv_ssv *ssv)
{
    word16 n = 257;

    memcpy(sed->b + 257, ssv->b, sizeof ssv->b); /* becomes H */
    check(wc_SetSakkeIdentity(&w->sender, id.p, (word16)id.n) == 0, "identity");
    check(wc_MakeSakkeEncapsulatedSSV(&w->sender, HASH, sed->b + 257, 16, sed->b, &n) == 0 &&
              n == 257,
          "encapsulate");
}

bool wolf_sakke_decapsulate(struct wolf *w, struct mcv_ssv *ssv, const struct mcv_sed *sed)
{
    memcpy(ssv->b, sed->b + 257, sizeof ssv->b);
    return wc_DeriveSakkeSSV(&w->receiver, HASH, ssv->b, sizeof ssv->b, sed->b, 257) == 0;
}

void wolf_eccsi_install(struct wolf *w, struct mcv_bytes id, const struct mcv_ssk *ssk,
                        const struct mcv_pvt *pvt)
{
    uint8_t pair[32 + 64];

    memcpy(pair, ssk->b, 32);
    memcpy(pair + 32, pvt->b + 1, 64);
    check(wc_DecodeEccsiPair(&w->signer, pair, sizeof pair, &w->ssk, w->pvt) == 0, "SSK");
    check(wc_HashEccsiId(&w->signer, HASH, id.p, (word32)id.n, w->pvt, w->hs, &w->hs_bytes) == 0 &&
              wc_SetEccsiHash(&w->signer, w->hs, w->hs_bytes) == 0,
          "HS");
    check(wc_SetEccsiPair(&w->signer, &w->ssk, w->pvt) == 0, "SSK");
}

void wolf_eccsi_sign(struct wolf *w, struct mcv_eccsi_sig *sig, struct mcv_bytes msg)
{
    word32 n = sizeof sig->b;

    check(wc_SignEccsiHash(&w->signer, &w->rng, HASH, msg.p, (word32)msg.n, sig->b, &n) == 0 &&
              n == sizeof sig->b,
          "sign");
}

bool wolf_eccsi_verify(struct wolf *w, struct mcv_bytes id, struct mcv_bytes msg,
                       const struct mcv_eccsi_sig *sig)
{
    int is_good = 0;

    check(wc_DecodeEccsiPvtFromSig(&w->verifier, sig->b, sizeof sig->b, w->pvt) == 0, "PVT");
    check(wc_HashEccsiId(&w->verifier, HASH, id.p, (word32)id.n, w->pvt, w->hs, &w->hs_bytes) ==
                  0 &&
              wc_SetEccsiHash(&w->verifier, w->hs, w->hs_bytes) == 0,
          "HS");
    return wc_VerifyEccsiHash(&w->verifier, HASH, msg.p, (word32)msg.n, sig->b, sizeof sig->b,
                              &is_good) == 0 &&
           is_good;
}
