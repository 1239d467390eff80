/*
 * cppcheck.h - macros of jansson as cppcheck is to see them: it doesn't read the headers of the system.
 */
#define json_array_foreach(array, index, value)                                                    \
    for (index = 0; (value = json_array_get(array, index)); index++)
#define json_object_foreach(object, key, value)                                                    \
    for (key = json_first(object, &value); key; key = json_next(object, key, &value))
