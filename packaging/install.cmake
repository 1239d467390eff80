# What goes where: GNUInstallDirs, with DESTDIR honoured. The presets have the prefix /usr, for which the configuration
# is in /etc; the unit names the paths of the prefix that was configured. Components are Debian's packages: paced,
# libpace, libpace-dev (clients/libpace), python.
include(GNUInstallDirs)

# The service, for the paths configured.
set(paced_unit_dir ${CMAKE_BINARY_DIR}/systemd)
foreach(file paced.service paced.tmpfiles)
    configure_file(${PROJECT_SOURCE_DIR}/systemd/${file}.in ${paced_unit_dir}/${file} @ONLY)
endforeach()
install(FILES ${paced_unit_dir}/paced.service DESTINATION lib/systemd/system COMPONENT paced)
install(FILES ${paced_unit_dir}/paced.tmpfiles DESTINATION lib/tmpfiles.d COMPONENT paced RENAME paced.conf)
install(FILES systemd/paced.sysusers DESTINATION lib/sysusers.d COMPONENT paced RENAME paced.conf)

install(TARGETS paced RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT paced)
install(FILES docs/events.md docs/protocol.md docs/loop.md conf/paced.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/paced
        COMPONENT paced)
install(DIRECTORY docs/schema/ DESTINATION ${CMAKE_INSTALL_DATADIR}/paced/schema COMPONENT paced)
install(FILES conf/holidays/nl.ics DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/paced/holidays COMPONENT paced)

# Completions, where each shell looks for a command's by its name.
foreach(command pacectl paced pace-sim)
    install(FILES completions/pacectl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            COMPONENT paced RENAME ${command})
    install(FILES completions/pacectl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
            COMPONENT paced RENAME ${command}.fish)
endforeach()
install(FILES completions/pacectl.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT paced
        RENAME _pacectl)

# The kit for connectors in Python: the module where Debian's Python looks, its two programs as examples.
install(DIRECTORY clients/python/pace DESTINATION lib/python3/dist-packages COMPONENT python
        FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
install(PROGRAMS clients/python/examples/csv_import.py clients/python/examples/poller.py
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-pace/examples COMPONENT python)
install(FILES clients/python/examples/calls.yaml clients/python/examples/crm.yaml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-pace/examples COMPONENT python)
install(FILES clients/python/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-pace COMPONENT python)

find_program(GZIP gzip REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/manuals.cmake)

# Who builds the packages signs for them, where the variables of Debian's own tools say who that is.
set(paced_contact "The paced developers <paced@localhost>")
if(DEFINED ENV{DEBEMAIL})
    set(paced_contact "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
    string(STRIP "${paced_contact}" paced_contact)
endif()

# Each of Debian's packages says what it may be used for and, in the form that Debian's tools read, where it stands what has changed.
set(ENV{SOURCE_DATE_EPOCH} ${paced_epoch})
string(TIMESTAMP paced_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/changelog @ONLY CONTENT "paced (@PROJECT_VERSION@) unstable; urgency=medium

  * What has changed stands in NEWS.gz beside this file.

 -- @paced_contact@  @paced_date@
")
set(paced_news)
foreach(pair changelog:${CMAKE_BINARY_DIR}/changelog NEWS:${PROJECT_SOURCE_DIR}/CHANGELOG.md)
    string(REGEX REPLACE "^([^:]*):(.*)" "\\1;\\2" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 text)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${name}.gz DEPENDS ${text} VERBATIM
                       COMMAND sh -c "exec \"$0\" -9nc \"$1\" >\"$2\"" ${GZIP} ${text} ${CMAKE_BINARY_DIR}/${name}.gz)
    list(APPEND paced_news ${CMAKE_BINARY_DIR}/${name}.gz)
endforeach()
# All that is installed, without the tests.
add_custom_target(installable ALL DEPENDS ${paced_news})
add_dependencies(installable paced manuals)
foreach(pair paced:paced libpace:libpace0 libpace-dev:libpace-dev python:python3-pace)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 component)
    list(GET pair 1 package)
    install(FILES packaging/copyright ${paced_news} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
            COMPONENT ${component})
endforeach()

foreach(pair paced:paced libpace:libpace0)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 component)
    list(GET pair 1 package)
    install(FILES packaging/${component}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
            RENAME ${package} COMPONENT ${component})
endforeach()

# A configuration that is there stays as it is, whoever wrote it.
install(CODE "
    set(config \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_SYSCONFDIR}/paced/paced.yaml\")
    if(NOT EXISTS \"\${config}\")
        file(INSTALL \"${PROJECT_SOURCE_DIR}/conf/paced.yaml\"
             DESTINATION \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/paced\"
             PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    endif()" COMPONENT paced)
