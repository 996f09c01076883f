package code

import "testing"

// The names are those that CPython 3.11 reads the same lines as.
func TestPythonCoding(t *testing.T) {
	for _, tt := range []struct {
		text string
		how  coding
		name string
	}{
		{"", plain, ""},
		{"import os\n# coding: utf-7\n", plain, ""},
		{"x = 1 # coding: utf-7\n", plain, ""},
		{"# a\n# b\n# coding: utf-7\n", plain, ""},
		{"# decoding of things\n", plain, ""},
		{"# coding\n", plain, ""},
		{"# coding : utf-7\n", plain, ""},
		{"# -*- coding: utf-8 -*-\n", plain, "utf-8"},
		{"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n", plain, "latin-1"},
		{"# coding: utf-8-unix", plain, "utf-8-unix"},
		{"# coding: cp1252", plain, "cp1252"},
		{"# coding: utf-7\n+AGk-", hidden, "utf-7"},
		{"\ufeff# coding: utf_7", hidden, "utf_7"},
		{" \t\f# coding:\tU7", hidden, "U7"},
		{"\n#coding=utf-7", hidden, "utf-7"},
		{"\f\r# coding=utf-7", hidden, "utf-7"},
		{"# x\r# coding=utf-7\n", hidden, "utf-7"},
		{"# encoding=utf-7 coding=utf-8\n", hidden, "utf-7"},
		{"# coding: coding: utf-7\n", hidden, "coding"},
		{"# coding: unicode_escape\n# \\x0aimport os", hidden, "unicode_escape"},
		{"# coding: cp037", hidden, "cp037"},
		{"# coding: rot13", hidden, "rot13"},
		{"# coding: shift_jis", partly, "shift_jis"},
		{"# coding: GBK", partly, "GBK"},
	} {
		if how, name := pythonCoding(tt.text); how != tt.how || name != tt.name {
			t.Errorf("%q: %d, %q, want %d, %q", tt.text, how, name, tt.how, tt.name)
		}
	}
}
