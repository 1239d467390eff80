# The manual pages: docs/NAME.SECTION.scd by scdoc, and of the project's own pages on the wire and the events one each,
# so that what they say stands in one place. Plain in build/PRESET/man for the tests, compressed for the installation.
find_program(SCDOC scdoc REQUIRED)
set(paced_man_dir ${CMAKE_BINARY_DIR}/man)
file(MAKE_DIRECTORY ${paced_man_dir})

# scdoc prints the date of SOURCE_DATE_EPOCH: that of the last commit, so that the same sources give the same bytes.
set(paced_epoch $ENV{SOURCE_DATE_EPOCH})
if(NOT paced_epoch)
    execute_process(COMMAND git log -1 --format=%ct WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} ERROR_QUIET
                    OUTPUT_VARIABLE paced_epoch OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT paced_epoch)
    string(TIMESTAMP paced_epoch %s UTC)
endif()

# One page, of `source` in scdoc's form.
function(paced_add_page page source component)
    string(REGEX MATCH "[1-8]$" section ${page})
    add_custom_command(OUTPUT ${paced_man_dir}/${page}.gz DEPENDS ${source} VERBATIM COMMAND
                       sh -ec "SOURCE_DATE_EPOCH=${paced_epoch} \"$0\" <\"$1\" >\"$2\" && \"$3\" -9nc \"$2\" >\"$2.gz\""
                       ${SCDOC} ${source} ${paced_man_dir}/${page} ${GZIP})
    set_property(GLOBAL APPEND PROPERTY PACED_PAGES ${paced_man_dir}/${page}.gz)
    install(FILES ${paced_man_dir}/${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
endfunction()

file(GLOB sources CONFIGURE_DEPENDS docs/*.[1-8].scd)
foreach(source ${sources})
    get_filename_component(page ${source} NAME)
    string(REGEX REPLACE "\\.scd$" "" page ${page})
    set(component paced)
    if(page STREQUAL libpace.3)
        set(component libpace-dev)
    endif()
    paced_add_page(${page} ${source} ${component})
endforeach()

# A page of Markdown: docs/NAME.md as paced-NAME(7).
set(converter ${PROJECT_SOURCE_DIR}/packaging/markdown_to_scdoc.py)
function(paced_add_markdown name summary)
    set(source ${PROJECT_SOURCE_DIR}/docs/${name}.md)
    set(converted ${paced_man_dir}/paced-${name}.7.scd)
    add_custom_command(OUTPUT ${converted} DEPENDS ${source} ${converter} VERBATIM COMMAND
                       sh -ec "python3 \"$0\" \"$1\" 7 \"$2\" <\"$3\" >\"$4\""
                       ${converter} paced-${name} ${summary} ${source} ${converted})
    paced_add_page(paced-${name}.7 ${converted} paced)
endfunction()
paced_add_markdown(protocol "how programs talk to paced")
paced_add_markdown(events "what a connector sends to paced")
paced_add_markdown(loop "what becomes of a warning")

get_property(pages GLOBAL PROPERTY PACED_PAGES)
add_custom_target(manuals ALL DEPENDS ${pages})
