# SAM asks for the target build-<logical id>, and wants the artifact in ARTIFACTS_DIR.
# It runs make in a copy of the source, but with the original Makefile: hence the paths from there.
SOURCE := $(abspath $(dir $(firstword $(MAKEFILE_LIST))))
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
ARCHITECTURE ?= arm64

build-%:
	cd $(ROOT) && PYTHONPATH=layers/lambdify .venv/bin/python -m scripts.build $* $(SOURCE) $(ARTIFACTS_DIR) --architecture $(ARCHITECTURE)
