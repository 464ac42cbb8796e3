// libmaxminddb; its path arguments are variadic, so the one look-up that is needed gets a function.
#pragma once
#include <maxminddb.h>
#include <stddef.h>

/// Reads location.latitude and location.longitude of an address. 1 when both are there, 0 when the database has none,
/// -1 when it is damaged.
static inline int p2p_mmdb_location(const MMDB_s *database, const struct sockaddr *address, double *latitude,
                                    double *longitude) {
    int failure = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(database, address, &failure);
    if (failure != MMDB_SUCCESS) return failure == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR ? 0 : -1;
    if (!found.found_entry) return 0;
    MMDB_entry_data_s entry;
    if (MMDB_get_value(&found.entry, &entry, "location", "latitude", NULL) != MMDB_SUCCESS || !entry.has_data ||
        entry.type != MMDB_DATA_TYPE_DOUBLE)
        return 0;
    *latitude = entry.double_value;
    if (MMDB_get_value(&found.entry, &entry, "location", "longitude", NULL) != MMDB_SUCCESS || !entry.has_data ||
        entry.type != MMDB_DATA_TYPE_DOUBLE)
        return 0;
    *longitude = entry.double_value;
    return 1;
}
