# Debian's packages, by CPack: ./dev package. The version is the project's, what they depend on is what the programs are
# linked with (dpkg-shlibdeps), and what the maintainer's scripts do stands in them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME paced)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${paced_contact}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL paced libpace libpace-dev python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY >=)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PACED_PACKAGE_NAME paced)
set(CPACK_DEBIAN_PACED_PACKAGE_SECTION admin)
# sysusers and tmpfiles make the user and the directories; time zones are read from the system's.
set(CPACK_DEBIAN_PACED_PACKAGE_DEPENDS "systemd, tzdata")
set(paced_control ${PROJECT_SOURCE_DIR}/packaging/paced)
set(CPACK_DEBIAN_PACED_PACKAGE_CONTROL_EXTRA ${paced_control}/conffiles ${paced_control}/postinst
    ${paced_control}/prerm ${paced_control}/postrm)
set(CPACK_COMPONENT_PACED_DESCRIPTION "early warnings for sales organisations
paced takes events of what salespeople do from the systems where they are
recorded, learns what is usual for each of them, and says early when
something has slipped. With it come pacectl, to send events and to ask, and
pace-sim, a simulated sales organisation.")

set(CPACK_DEBIAN_LIBPACE_PACKAGE_NAME libpace0)
set(CPACK_DEBIAN_LIBPACE_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBPACE_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/libpace/triggers)
set(CPACK_COMPONENT_LIBPACE_DESCRIPTION "send events to paced, each acknowledged
A C library for connectors: it batches, sends again what wasn't answered, and
keeps what it took in an outbox on disk until it is acknowledged.")

set(CPACK_DEBIAN_LIBPACE-DEV_PACKAGE_NAME libpace-dev)
set(CPACK_DEBIAN_LIBPACE-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBPACE-DEV_PACKAGE_DEPENDS "libpace0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_LIBPACE-DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_COMPONENT_LIBPACE-DEV_DESCRIPTION "headers of libpace
What is needed to build a connector in C or C++ with libpace: headers, the
file for pkg-config, the manual and a complete example.")

set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-pace)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= 3.11), python3-zmq, python3-yaml")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/python/postinst
    ${PROJECT_SOURCE_DIR}/packaging/python/prerm)
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "kit for connectors to paced in Python
Acknowledged sending to paced, mappings in YAML from what a system exports to
events, and as examples an importer of CSV files and a poller.")
include(CPack)
