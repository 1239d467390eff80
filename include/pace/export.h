/*
 * export.h - marks what libpace shows to the programs that link it; everything else in it is
 * hidden.
 */
#ifndef PACE_EXPORT_H
#define PACE_EXPORT_H

#if defined(__GNUC__)
#define PACE_API __attribute__((visibility("default")))
#else
#define PACE_API
#endif

#endif
