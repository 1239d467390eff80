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

# Each of Debian's packages says what it may be used for and what has changed.
set(paced_changelog ${CMAKE_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${paced_changelog} DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md VERBATIM
                   COMMAND sh -c "exec \"$0\" -9nc \"$1\" >\"$2\"" ${GZIP} ${PROJECT_SOURCE_DIR}/CHANGELOG.md
                           ${paced_changelog})
# All that is installed, without the tests.
add_custom_target(installable ALL DEPENDS ${paced_changelog})
add_dependencies(installable paced manuals)
foreach(pair paced:paced libpace:libpace0 libpace-dev:libpace-dev python:python3-pace)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 component)
    list(GET pair 1 package)
    install(FILES packaging/copyright ${paced_changelog} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
            COMPONENT ${component})
endforeach()

# A configuration that is there stays as it is, whoever wrote it.
install(CODE "
    set(config \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_SYSCONFDIR}/paced/paced.yaml\")
    if(NOT EXISTS \"\${config}\")
        file(INSTALL \"${PROJECT_SOURCE_DIR}/conf/paced.yaml\"
             DESTINATION \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/paced\"
             PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    endif()" COMPONENT paced)
