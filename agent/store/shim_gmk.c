#include "agent/store/store_private.h"
mcv_err mcv_store_take_gmk(struct mcv_store_keys *keys,struct mcv_store_report *report, struct mcv_bytes message,const struct mcv_store *store, int64_t utc_s,struct mcv_why *why){(void)keys;(void)report;(void)message;(void)store;(void)utc_s;(void)why;return MCV_OK;}
