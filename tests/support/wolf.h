/* SAKKE and ECCSI of wolfSSL behind the types of ours: the peer of the interop tests and of the
 * benchmarks. Every function stops the program when wolfSSL fails, except where it returns false. */
#ifndef MCV_TESTS_SUPPORT_WOLF_H
#define MCV_TESTS_SUPPORT_WOLF_H

#include "crypto/base/bytes.h"
#include "crypto/eccsi.h"
#include "crypto/sakke.h"

#include <stdbool.h>

/* Everything of one KMS and one user. */
struct wolf;

struct wolf *wolf_open(const struct mcv_sakke_z *z, const struct mcv_z_secret *z_secret,
                       const struct mcv_kpak *kpak);
void wolf_close(struct wolf *w);

void wolf_sakke_issue(struct wolf *w, struct mcv_rsk *rsk, struct mcv_bytes id);

/* The receiver of wolf_sakke_decapsulate; [id]P + Z is kept, as wolfSSL lets its users do. */
void wolf_sakke_install(struct wolf *w, struct mcv_bytes id, const struct mcv_rsk *rsk);

/* [id]P + Z of the next encapsulations to this id is kept. */
void wolf_sakke_know(struct wolf *w, struct mcv_bytes id);
void wolf_sakke_encapsulate(struct wolf *w, struct mcv_sed *sed, struct mcv_bytes id,
                            const struct mcv_ssv *ssv);

bool wolf_sakke_decapsulate(struct wolf *w, struct mcv_ssv *ssv, const struct mcv_sed *sed);

void wolf_eccsi_install(struct wolf *w, struct mcv_bytes id, const struct mcv_ssk *ssk,
                        const struct mcv_pvt *pvt);
void wolf_eccsi_sign(struct wolf *w, struct mcv_eccsi_sig *sig, struct mcv_bytes msg);
bool wolf_eccsi_verify(struct wolf *w, struct mcv_bytes id, struct mcv_bytes msg,
                       const struct mcv_eccsi_sig *sig);

#endif
