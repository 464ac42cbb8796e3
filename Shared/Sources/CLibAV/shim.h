// libav: only what Swift's importer cannot see beside the headers, which is expression macros.
#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

static const int p2p_AVERROR_EOF = AVERROR_EOF;
static const int p2p_AVERROR_EAGAIN = AVERROR(EAGAIN);
static const int p2p_AVERROR_ENOMEM = AVERROR(ENOMEM);
static const int p2p_AVERROR_EINVAL = AVERROR(EINVAL);
static const int p2p_AVERROR_EXIT = AVERROR_EXIT;
static const int64_t p2p_AV_NOPTS_VALUE = AV_NOPTS_VALUE;

// The field was renamed in libavutil 57.30 (FFmpeg 6).
static inline int64_t p2p_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}
