#!/bin/sh
exec sh "$(dirname "$0")/server/start.sh" "$@"
