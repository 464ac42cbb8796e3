// zlib, plus what Swift's importer cannot see: a macro that adds the size of its argument.
#pragma once
#include <zlib.h>

// 16 beyond the greatest window asks for a gzip header (zlib manual, deflateInit2).
static inline int p2p_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
