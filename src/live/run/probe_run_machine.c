/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modes that observe this machine, and take no file. */
#include "live/calibrate.h"
#include "live/doctor.h"
#include "live/era.h"
#include "live/era_json.h"
#include "live/run/probe_run_private.h"

static void print_era(const struct era *era)
{
	struct likeness likeness;
	struct buf out = {0};

	era_likeness(era, &likeness);
	likeness_print(&likeness, &out);
	likeness_deinit(&likeness);
	output_text(&out);
}

int probe_run_era(const struct probe_run *run, char *const paths[], int count)
{
	struct vf_error error;
	struct era era;
	int status;

	(void)paths;
	(void)count;
	if (!era_find(&era, profiles_all(), &run->probe, &error))
		return probe_run_fail(run, probe_run_must_end(run) ? PROBE_STOPPED : PROBE_FAILED, &error);
	if (run->json)
		probe_run_print_json(era_json(&era));
	else
		print_era(&era);
	status = era.chosen ? EXIT_AGREES : era.nearest ? EXIT_DIFFERS : EXIT_NOTHING;
	era_deinit(&era);
	return status;
}

int probe_run_doctor(const struct probe_run *run, char *const paths[], int count)
{
	struct buf out = {0};
	struct vf_error error;
	bool ok = doctor_examine(&run->probe, &out, &error);

	(void)paths;
	(void)count;
	output_text(&out);
	return ok ? EXIT_AGREES : probe_run_fail(run, PROBE_FAILED, &error);
}

int probe_run_calibrate(const struct probe_run *run, char *const paths[], int count)
{
	struct calibration calibration;
	struct vf_error error;
	struct buf out = {0};

	(void)paths;
	(void)count;
	if (!calibrate(&calibration, &error))
		return probe_run_fail(run, PROBE_FAILED, &error);
	calibration_print(&calibration, &out);
	output_text(&out);
	return EXIT_AGREES;
}
