// SPDX-License-Identifier: GPL-2.0-or-later
/* Something for a Java heap to hold: fills some of it, then waits for a line. */
class Work {
	public static void main(String[] arguments) throws java.io.IOException {
		java.util.ArrayList<byte[]> kept = new java.util.ArrayList<>();

		for (int i = 0; i < 200000; i++) {
			byte[] bytes = new byte[256 + i % 512];
			if (i % 3 == 0)
				kept.add(bytes);
		}
		System.out.println(kept.size());
		System.in.read();
	}
}
