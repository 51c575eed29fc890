#!/usr/bin/env python3
"""Installs h1, h2 and what they build on into an empty prefix, moves it, and builds outside projects
against it: one by find_package, one by pkg-config. Then configures the libraries without any
third-party package.

Usage: install_test.py SOURCE_DIR BUILD_DIR COMPILER COMPILE_FLAGS
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

source, build, compiler, flags = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4].split()
here = source / "tests/install"
scratch = build / "tests/install"
MODULES = ["wire", "http", "h1", "hpack", "h2"]
FORBIDDEN = ["grpc", "translate", "gtest", "boost", "proxy"]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        sys.exit(f"install: failed ({done.returncode}): {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def expect(holds, sentence):
    if not holds:
        sys.exit(f"install: not so: {sentence}")


def install():
    first = scratch / "first"
    for module in MODULES:
        run("cmake", "--install", build, "--component", module, "--prefix", first)
    # Whatever still points to where it was installed first breaks from here on.
    prefix = scratch / "moved"
    first.rename(prefix)
    names = [str(path.relative_to(prefix)) for path in prefix.rglob("*")]
    for word in FORBIDDEN:
        expect(not any(word in name for name in names), f"nothing of {word} is installed")
    # A whole name: sources may lie in /regauge, and what is installed in .../include/regauge.
    named = re.compile(r"(^|[^\w./}-]|-[A-Z])" + re.escape(str(source)) + r"(?![\w.-])", re.MULTILINE)
    for path in prefix.rglob("*"):
        if path.suffix in (".h", ".cmake", ".pc"):
            expect(not named.search(path.read_text()), f"{path.name} names no folder of the sources")
    return prefix


def build_with_cmake(prefix):
    project = scratch / "with-cmake"
    run("cmake", "-S", here / "outside", "-B", project, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={' '.join(flags)}")
    run("cmake", "--build", project)
    print("find_package:", run(project / "outside").strip())


def refuse_missing_module(prefix):
    project = scratch / "missing"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(missing LANGUAGES NONE)\n"
        "find_package(regauge REQUIRED COMPONENTS h1 translate)\n")
    done = subprocess.run(["cmake", "-S", project, "-B", project / "build", "-G", "Ninja",
                           f"-DCMAKE_PREFIX_PATH={prefix}"],
                          text=True, capture_output=True)
    expect(done.returncode != 0, "a module that is not installed is an error")
    expect("module translate of regauge" in " ".join(done.stderr.split()), "the error names the module")


def build_with_pkg_config(prefix):
    path = next(prefix.rglob("regauge-h1.pc")).parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(path)}
    options = run("pkg-config", "--cflags", "--libs", "--static", "regauge-h1", "regauge-h2",
                  env=environment).split()
    program = scratch / "with-pkg-config"
    # As system headers: attributes of clang in them are no warning to g++.
    run(compiler, *flags, "-std=c++23", "-Wall", "-Wextra", "-Werror", here / "outside/outside.cc", "-o", program, *options)
    print("pkg-config:", run(program).strip())


def configure_libraries_alone():
    run("cmake", "-S", source, "-B", scratch / "libraries", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DREGAUGE_PROXY=OFF", "-DREGAUGE_TESTS=OFF", "-DREGAUGE_BENCH=OFF",
        *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Boost", "GTest", "benchmark", "PkgConfig")))
    targets = run("cmake", "--build", scratch / "libraries", "--target", "help")
    expect("libregauge_h2.a" in targets, "the libraries are there without third-party packages")


shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
installed = install()
build_with_cmake(installed)
refuse_missing_module(installed)
build_with_pkg_config(installed)
configure_libraries_alone()
